# CPU seconds of scikit-learn's HistGradientBoosting on cells that bench/scoring.ts wrote: folder, rows, columns, categories.
import sys
import time

import numpy
from sklearn.ensemble import HistGradientBoostingClassifier

folder, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
categories = [int(at) for at in sys.argv[4].split(",") if at != ""]
cells = numpy.fromfile(folder + "/cells", dtype="float64").reshape(columns, rows).T
labels = numpy.fromfile(folder + "/labels", dtype="uint8")
model = HistGradientBoostingClassifier(
    max_iter=300,
    learning_rate=0.05,
    max_leaf_nodes=31,
    min_samples_leaf=20,
    l2_regularization=1,
    early_stopping=False,
    categorical_features=categories or None,
)
began = time.process_time()
model.fit(cells, labels)
print(time.process_time() - began)
