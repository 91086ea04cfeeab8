"""Writes the reference values beside this file, from scipy, scikit-learn and statsmodels.

python -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0
venv/bin/python make.py
"""

import json
import pathlib
import sys

import numpy as np
from scipy import optimize, stats
from scipy.spatial.distance import squareform
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.manifold import _t_sne, trustworthiness
from sklearn.neighbors import NearestNeighbors
from statsmodels.stats import power as smp
from statsmodels.stats import proportion as smr

HERE = pathlib.Path(__file__).parent


def write(name, value):
    def plain(x):
        if isinstance(x, dict):
            return {k: plain(v) for k, v in x.items()}
        if isinstance(x, (list, tuple)):
            return [plain(v) for v in x]
        if isinstance(x, np.ndarray):
            return plain(x.tolist())
        if isinstance(x, (np.floating, np.integer)):
            return x.item()
        return x

    (HERE / f"{name}.json").write_text(json.dumps(plain(value)) + "\n")


# Distributions.
write(
    "distributions",
    {
        "normal": [
            [x, stats.norm.cdf(x), stats.norm.sf(x)]
            for x in [-30, -8, -3.7, -1.5, -0.3, 0, 1e-9, 0.4, 1, 1.96, 2.4, 5, 9, 37]
        ],
        "normal_quantile": [
            [p, stats.norm.ppf(p)]
            for p in [1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.3, 0.5, 0.6, 0.8, 0.975, 0.999, 1 - 1e-12]
        ],
        "t": [
            [t, nu, 2 * stats.t.sf(t, nu)]
            for nu in [1, 1.5, 3, 10.25, 87, 1234.5, 1e6]
            for t in [0, 0.1, 0.9, 2, 4.5, 12]
        ],
        "t_quantile": [
            [level, nu, stats.t.ppf((1 + level) / 2, nu)]
            for nu in [1, 2.5, 7, 60.3, 4321, 1e6]
            for level in [0.5, 0.8, 0.95, 0.999]
        ],
    },
)

# DeLong by the definition: every pair of a positive and a negative is looked at.
rng = np.random.default_rng(1)


def placements(labels, scores):
    p, n = scores[labels == 1], scores[labels == 0]
    psi = (p[:, None] > n[None]) + 0.5 * (p[:, None] == n[None])
    return psi.mean(1), psi.mean(0)


def delong(labels, a, b):
    pa, na = placements(labels, a)
    pb, nb = placements(labels, b)
    s = np.cov(pa, pb) / len(pa) + np.cov(na, nb) / len(na)
    d = pa.mean() - pb.mean()
    se = np.sqrt(s[0, 0] + s[1, 1] - 2 * s[0, 1])
    z = stats.norm.ppf(0.975)
    return {
        "labels": labels,
        "scores": a,
        "other": b,
        "auc": sk.roc_auc_score(labels, a),
        "other_auc": sk.roc_auc_score(labels, b),
        "standard_error": np.sqrt(s[0, 0]),
        "other_standard_error": np.sqrt(s[1, 1]),
        "correlation": s[0, 1] / np.sqrt(s[0, 0] * s[1, 1]),
        "interval": [pa.mean() - z * np.sqrt(s[0, 0]), pa.mean() + z * np.sqrt(s[0, 0])],
        "difference": d,
        "difference_standard_error": se,
        "difference_interval": [d - z * se, d + z * se],
        "z": d / se,
        "p": 2 * stats.norm.sf(abs(d / se)),
    }


cases = []
for users, digits in [(40, 3), (150, 1), (90, 0)]:
    labels = (rng.random(users) < 0.3).astype(int)
    labels[:3] = [1, 1, 0]
    common = rng.normal(size=users)
    a = np.round(common + 0.9 * labels + 0.4 * rng.normal(size=users), digits)
    b = np.round(common + 0.4 * labels + 0.8 * rng.normal(size=users), digits)
    cases.append(delong(labels, a, b))
write("delong", cases)

# Calibration.
cases = []
for users, digits in [(80, 3), (200, 1)]:
    scores = np.round(rng.normal(size=users), digits)
    labels = (rng.random(users) < 1 / (1 + np.exp(1 - 1.7 * scores))).astype(int)
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(scores, labels)
    at = np.round(np.linspace(-4, 4, 33), 3)
    positives, negatives = labels.sum(), users - labels.sum()
    target = np.where(labels == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

    def slopes(w):
        miss = 1 / (1 + np.exp(-(w[0] * scores + w[1]))) - target
        return [miss @ scores, miss.sum()]

    platt = optimize.root(slopes, [1.0, 0.0], tol=1e-15).x
    probabilities = np.round(1 / (1 + np.exp(1 - scores)), 3)
    curves = {}
    for strategy in ["uniform", "quantile"]:
        rate, mean = calibration_curve(labels, probabilities, n_bins=10, strategy=strategy)
        curves[strategy] = {"rate": rate, "mean": mean}
    edges = np.linspace(0, 1, 11)
    bins = np.searchsorted(edges[1:-1], probabilities)
    gaps = np.array(
        [abs(labels[bins == b].mean() - probabilities[bins == b].mean()) for b in np.unique(bins)]
    )
    sizes = np.array([(bins == b).sum() for b in np.unique(bins)])
    wilson = [
        smr.proportion_confint(labels[bins == b].sum(), (bins == b).sum(), method="wilson")
        for b in np.unique(bins)
    ]
    cases.append(
        {
            "labels": labels,
            "scores": scores,
            "probabilities": probabilities,
            "at": at,
            "isotonic": isotonic.predict(at),
            "platt": platt,
            "curves": curves,
            "counts": sizes,
            "wilson": wilson,
            "expected_error": (gaps * sizes).sum() / users,
            "largest_error": gaps.max(),
        }
    )
write("calibration", cases)

# Experiments.
rates = []
for c, n, t, m in [(120, 1000, 150, 1010), (3, 50, 9, 40), (0, 30, 4, 33), (5021, 100000, 5180, 100300)]:
    low, high = smr.confint_proportions_2indep(t, m, c, n, method="newcomb", compare="diff")
    z, p = smr.proportions_ztest([t, c], [m, n])
    ratio = (
        smr.confint_proportions_2indep(t, m, c, n, method="log", compare="ratio") if c else None
    )
    rates.append(
        {
            "control": [c, n],
            "treatment": [t, m],
            "difference_interval": [low, high],
            "z": z,
            "p": p,
            "ratio_interval": ratio,
        }
    )
means = []
for n, m, shift in [(30, 45, 0.5), (200, 20, 0.0), (5, 4, 1.0)]:
    control = np.round(rng.gamma(2, 1.5, n), 3)
    treatment = np.round(rng.gamma(2, 1.8, m) + shift, 3)
    welch = stats.ttest_ind(treatment, control, equal_var=False)
    means.append(
        {
            "control": control,
            "treatment": treatment,
            "df": welch.df,
            "t": welch.statistic,
            "p": welch.pvalue,
            "interval": list(welch.confidence_interval(0.95)),
        }
    )
before_c, before_t = rng.normal(size=60), rng.normal(size=70)
control = 2 + 0.8 * before_c + 0.5 * rng.normal(size=60)
treatment = 2.3 + 0.8 * before_t + 0.5 * rng.normal(size=70)
before_c, before_t, control, treatment = (np.round(v, 3) for v in (before_c, before_t, control, treatment))
y = np.concatenate([control, treatment])
x = np.concatenate([before_c, before_t])
theta = np.cov(y, x)[0, 1] / np.var(x, ddof=1)
adjusted = y - theta * (x - x.mean())
welch = stats.ttest_ind(adjusted[60:], adjusted[:60], equal_var=False)
cuped = {
    "control": control,
    "treatment": treatment,
    "control_before": before_c,
    "treatment_before": before_t,
    "theta": theta,
    "difference": adjusted[60:].mean() - adjusted[:60].mean(),
    "interval": list(welch.confidence_interval(0.95)),
    "p": welch.pvalue,
}
sizes = {
    "means": [
        [
            d,
            sd,
            power,
            ratio,
            (stats.norm.ppf(0.975) + stats.norm.ppf(power)) ** 2 * sd**2 * (1 + 1 / ratio) / d**2,
            smp.NormalIndPower().solve_power(d / sd, power=power, alpha=0.05, ratio=ratio),
        ]
        for d, sd, power, ratio in [(0.2, 1, 0.8, 1), (0.05, 2.5, 0.9, 1), (0.5, 1, 0.8, 0.25)]
    ],
    "rates": [
        [
            p1,
            diff,
            power,
            ratio,
            smr.samplesize_proportions_2indep_onetail(
                diff, p1, power, ratio=ratio, alpha=0.025, value=0, alternative="larger"
            ),
        ]
        for p1, diff, power, ratio in [(0.1, 0.01, 0.8, 1), (0.02, 0.002, 0.9, 1), (0.5, 0.05, 0.8, 1)]
    ],
}
write("experiments", {"rates": rates, "means": means, "cuped": cuped, "sizes": sizes})

# Embedding space.
labels = np.arange(60) % 3
points = np.round(rng.normal(size=(60, 4)) + labels[:, None] * [1.5, 0, -1, 0.5], 2)
perplexity = 7.0
distances, nearest = NearestNeighbors(n_neighbors=21).fit(points).kneighbors()
conditional = np.zeros((60, 60))
for i in range(60):
    squared = distances[i] ** 2 - distances[i, 0] ** 2

    def share(beta):
        p = np.exp(-beta * squared)
        return p / p.sum()

    beta = optimize.brentq(
        lambda b: stats.entropy(share(b)) - np.log(perplexity), 1e-6, 1e3, xtol=1e-15, rtol=1e-14
    )
    conditional[i, nearest[i]] = share(beta)
joint = (conditional + conditional.T) / 120
layout = np.round(rng.normal(size=(60, 2)), 3)
kl, gradient = _t_sne._kl_divergence(
    layout.ravel(), squareform(joint, checks=False), 1, 60, 2
)
write(
    "embedding-space",
    {
        "points": points,
        "labels": labels,
        "calinski_harabasz": sk.calinski_harabasz_score(points, labels),
        "davies_bouldin": sk.davies_bouldin_score(points, labels),
        "trustworthiness": trustworthiness(points, layout, n_neighbors=5),
        "perplexity": perplexity,
        "joint": joint[:4],
        "layout": layout,
        "kl": kl,
        "gradient": gradient.reshape(60, 2),
    },
)
print(sys.version)
