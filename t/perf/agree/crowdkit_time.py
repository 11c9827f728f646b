"""crowd-kit on the same labels.

usage: crowdkit_time.py FILE METHOD ITERATIONS

Prints the seconds of fit alone: reading, which costs as much again, is not counted.  All
iterations are made, as far as the method lets itself be told.
"""
import json
import sys
import time

import pandas as pd
from crowdkit import aggregation as ck

n = int(sys.argv[3])
make = {
    "mv": lambda: ck.MajorityVote(),
    "wawa": lambda: ck.Wawa(),
    "zbs": lambda: ck.ZeroBasedSkill(n_iter=n),
    "ds": lambda: ck.DawidSkene(n_iter=n, tol=-1e300),
    "onecoin": lambda: ck.OneCoinDawidSkene(n_iter=n, tol=-1e300),
    "mace": lambda: ck.MACE(n_restarts=1, n_iter=n),
    "mmsr": lambda: ck.MMSR(n_iter=n, tol=-1e300),
    "glad": lambda: ck.GLAD(n_iter=n, tol=-1e300),
}[sys.argv[2]]
rows = []
with open(sys.argv[1]) as f:
    for line in f:
        r = json.loads(line)
        rows.append((r["task"], r["worker"], r["value"]))
data = pd.DataFrame(rows, columns=["task", "worker", "label"])
start = time.perf_counter()
make().fit_predict(data)
print("%.6f" % (time.perf_counter() - start))
