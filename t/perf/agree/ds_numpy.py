"""Dawid-Skene, plain vectorised numpy: what lbl-agree is measured against.

usage: ds_numpy.py FILE ITERATIONS    FILE as gen-labels --binary writes it

Prints the seconds an iteration takes, the best of ITERATIONS; reading is not counted.
"""
import sys
import time

import numpy as np

rows = np.fromfile(sys.argv[1], dtype=np.uint32).reshape(-1, 3)
task, worker, value = (rows[:, i].astype(np.int64) for i in range(3))
tasks, workers, classes = task.max() + 1, worker.max() + 1, value.max() + 1
cell = worker * classes + value


def counts(q):
    """c[w, l, z]: what worker w said where the truth may be z"""
    c = [np.bincount(cell, q[task, z], workers * classes) for z in range(classes)]
    return np.stack(c, 1).reshape(workers, classes, classes)


q = np.bincount(task * classes + value, minlength=tasks * classes).reshape(tasks, classes).astype(float)
q /= q.sum(1, keepdims=True)
c = counts(q)
best = np.inf
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    p = np.log(np.maximum(q.mean(0), 1e-10))
    e = np.maximum(c, 1e-10)
    e = np.log(e / e.sum(1, keepdims=True)).reshape(-1, classes)
    q = np.stack([np.bincount(task, e[cell, z], tasks) for z in range(classes)], 1) + p
    q = np.exp(q - q.max(1, keepdims=True))
    q /= q.sum(1, keepdims=True)
    c = counts(q)
    best = min(best, time.perf_counter() - start)
print("%.6f" % best)
