"""Prints the numbers that tests/trainers/classification_score.cpp and bag_of_words.cpp hold, computed by scikit-learn.

    pip install scikit-learn && python3 tests/interop/_classification_oracle.py

The C++ tests build the same inputs from the same formulas.
"""
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, log_loss, precision_recall_fscore_support

warnings.simplefilter("ignore")  # about classes that nothing is said of


def calibration_error(p, labels, bins=15):
    """Guo et al. 2017, bin by bin as they write it."""
    confidence, right = p.max(1), p.argmax(1) == labels
    total = 0
    for m in range(1, bins + 1):
        inside = ((m - 1) / bins < confidence) & (confidence <= m / bins)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


# 60 texts of 5 classes, as example() in classification_score.cpp; class 3 is never true, class 4 neither true nor
# predicted.
i, k = np.arange(60)[:, None], np.arange(5)
labels = (np.arange(60) ** 2 // 3) % 3
z = 2 * np.sin(1.7 * i * (k + 1)) + 1.5 * (k == labels[:, None]) - 9 * (k == 4) - 0.8 * (k == 3)
p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
predicted = p.argmax(1)
print("accuracy", accuracy_score(labels, predicted), "macro f1", f1_score(labels, predicted, average="macro"))
print("nll", log_loss(labels, p, labels=range(5)), "ece", calibration_error(p, labels))
for name, values in zip(("precision", "recall", "f1", "support"),
                        precision_recall_fscore_support(labels, predicted, labels=range(5), zero_division=0)):
    print(name, values.tolist())
print(confusion_matrix(labels, predicted, labels=range(5)).tolist())
wrong = np.flatnonzero(predicted != labels)
print("mistakes", wrong[np.argsort(-p.max(1)[wrong], kind="stable")][:6].tolist())

# 40 texts of 12 words (ids 2 ... 13), as texts() in bag_of_words.cpp.
n = 40
ids = [[(7 * i * (j + 1) + j * j + i // 3) % 14 for j in range(3 + i % 5)] for i in range(n)]
counts = np.zeros((n, 14))
for row, text in zip(counts, ids):
    for word in text:
        row[word] += word >= 2
truth = np.array([(sum(text) + i % 4) for i, text in enumerate(ids)])
for classes in (2, 3):
    for name, x in ("presence", counts > 0), ("counts", counts):
        for c in (1, 0.1):
            model = LogisticRegression(C=c, tol=1e-10, max_iter=10000).fit(x, truth // 5 % classes)
            print(f"{classes} classes, {name}, C={c}: intercept", model.intercept_.tolist())
            print("  weight of ids 2 ... 5", model.coef_[:, 2:6].T.tolist())
            print("  probabilities of texts 0 and 1", model.predict_proba(x[:2]).tolist())
