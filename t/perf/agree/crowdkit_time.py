"""crowd-kit on the same labels.

usage: crowdkit_time.py METHOD ITERATIONS FILE...

Prints the seconds of fit and predict alone: reading, which costs as much again, is not
counted.  All iterations are made, as far as the method lets itself be told; with - as many as it takes.  Label records
are what is aggregated, gold records what gold-mv weighs by.

The import of crowd-kit asks for far more than these methods call.  What is not there
(or, with scikit-learn 1.6 and later, no longer understands crowd-kit's classes) gets a
module that does nothing: of these only check_is_fitted is ever called.
"""
import importlib
import json
import sys
import time
import types

import pandas as pd


def hollow(name):
    module = types.ModuleType(name)
    module.__path__ = []
    module.__getattr__ = lambda attribute: lambda *args, **kwargs: None
    return module


for name in ("nltk", "nltk.translate", "nltk.translate.gleu_score", "sklearn", "sklearn.utils",
             "sklearn.utils.validation", "sklearn.preprocessing"):
    try:
        importlib.import_module(name)
    except ImportError:
        sys.modules[name] = hollow(name)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, sys.modules[name])
sys.modules["sklearn.utils.validation"].check_is_fitted = lambda *args, **kwargs: None

from crowdkit import aggregation as ck  # noqa: E402

n = 10000 if sys.argv[2] == "-" else int(sys.argv[2])
make = {
    "mv": lambda: ck.MajorityVote(),
    "wawa": lambda: ck.Wawa(),
    "zbs": lambda: ck.ZeroBasedSkill(n_iter=n),
    "gold-mv": lambda: ck.GoldMajorityVote(),
    "ds": lambda: ck.DawidSkene(n_iter=n, tol=-1e300),
    "onecoin": lambda: ck.OneCoinDawidSkene(n_iter=n, tol=-1e300),
    "mace": lambda: ck.MACE(n_restarts=1, n_iter=n),
    "mmsr": lambda: ck.MMSR(n_iter=n, tol=-1e300),
    "kos": lambda: ck.KOS(n_iter=n, random_state=0),
    "glad": lambda: ck.GLAD(n_iter=n, tol=-1e300),
    "pair=bt": lambda: ck.BradleyTerry(n_iter=n, tol=-1),
    "pair=skilled": lambda: ck.NoisyBradleyTerry(n_iter=n),
    "text=rover": lambda: ck.ROVER(str.split, " ".join),
    "multi=mv": lambda: ck.BinaryRelevance(ck.MajorityVote()),
}[sys.argv[1]]
rows, gold, sides = [], {}, {}
for name in sys.argv[3:]:
    with open(name) as f:
        for line in f:
            r = json.loads(line)
            if r["kind"] == "label":
                rows.append((r["task"], r["worker"], r["value"]))
            elif r["kind"] == "gold":
                gold[r["task"]] = r["value"]
            elif r["kind"] == "task":
                sides[r["task"]] = r["data"]
if sys.argv[1].startswith("pair="):
    rows = [(sides[t]["left"], sides[t]["right"], w, sides[t][value]) for t, w, value in rows]
    data = pd.DataFrame(rows, columns=["left", "right", "worker", "label"])
else:
    data = pd.DataFrame(rows, columns=["task", "worker", "text" if sys.argv[1].startswith("text=") else "label"])
more = [pd.Series(gold)] if sys.argv[1] == "gold-mv" else []
start = time.perf_counter()
make().fit_predict(data, *more)
print("%.6f" % (time.perf_counter() - start))
