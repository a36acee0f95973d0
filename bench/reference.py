# scikit-learn beside ours, on cells that bench/reference.ts wrote: writes its chances of the rows tested, prints CPU seconds of
# learning. HistGB is the trees of the reference, logistic its LogisticRegression on scaled numbers and one column a level.
import json
import sys
import time

import numpy
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

folder = sys.argv[1]
with open(folder + "/asked.json") as file:
    asked = json.load(file)
categories = asked["categories"]


def cells(name, rows):
    return numpy.fromfile(folder + "/" + name, dtype="float64").reshape(asked["columns"], rows).T


if asked["model"] == "HistGB":
    model = HistGradientBoostingClassifier(
        max_iter=300,
        learning_rate=0.05,
        max_leaf_nodes=31,
        min_samples_leaf=20,
        l2_regularization=1,
        early_stopping=False,
        categorical_features=categories or None,
    )
else:
    numbers = [at for at in range(asked["columns"]) if at not in categories]
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            (OneHotEncoder(handle_unknown="ignore"), categories),
        ),
        LogisticRegression(max_iter=2000),
    )
learned = cells("learned", asked["learned"])
labels = numpy.fromfile(folder + "/labels", dtype="uint8")
began = time.process_time()
model.fit(learned, labels)
print(time.process_time() - began)
model.predict_proba(cells("tested", asked["tested"]))[:, 1].astype("float64").tofile(folder + "/chances")
