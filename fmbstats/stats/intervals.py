"""Normal-approximation limits of a survival share, on five scales.

Limits are computed on a scale where the estimate is closer to normal, then carried back
(Kalbfleisch & Prentice; Borgan & Liestøl 1990, Scand J Stat 17:35). The default of the project is
log-log. A share of exactly 0 or 1 has no such interval: NaN.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from fmbstats.stats import special


def z_value(level):
    """Two-sided normal quantile.

    >>> round(float(z_value(0.95)), 4)
    1.96
    """
    if not 0 < level < 1:
        raise ValueError(f"level={level!r}: expected a share between 0 and 1, such as 0.95")
    return NormalDist().inv_cdf(0.5 + level / 2)


def _loglog(s, width):
    bent = width / np.log(s)
    return s ** np.exp(-bent), s ** np.exp(bent)


def _log(s, width):
    return s * np.exp(-width), np.minimum(s * np.exp(width), 1.0)


def _plain(s, width):
    return np.maximum(s - width * s, 0.0), np.minimum(s + width * s, 1.0)


def _logit(s, width):
    bent = width / (1 - s)
    return special.expit(special.logit(s) - bent), special.expit(special.logit(s) + bent)


def _arcsin(s, width):
    angle, bent = np.arcsin(np.sqrt(s)), 0.5 * width * np.sqrt(s / (1 - s))
    return (
        np.sin(np.maximum(angle - bent, 0.0)) ** 2,
        np.sin(np.minimum(angle + bent, np.pi / 2)) ** 2,
    )


_SCALES = {"log-log": _loglog, "log": _log, "plain": _plain, "logit": _logit, "arcsin": _arcsin}


def share_interval(share, variance, *, level=0.95, kind="log-log"):
    """Limits of a share with a known variance.

    Parameters
    ----------
    share : array-like of float
        Estimates in [0, 1].
    variance : array-like of float
        Variance of the estimate, same shape.
    level : float
        Confidence level.
    kind : {"log-log", "log", "plain", "logit", "arcsin"}
        Scale; names as in R's survival package.

    Returns
    -------
    lo, hi : float or ndarray
        In [0, 1]; NaN where the share is 0, 1 or NaN, or the variance is NaN.

    Examples
    --------
    >>> lo, hi = share_interval(0.5, 0.01)
    >>> round(float(lo), 4), round(float(hi), 4)
    (0.2952, 0.6745)
    """
    if kind not in _SCALES:
        raise ValueError(f"kind={kind!r}: expected one of {', '.join(_SCALES)}")
    share, variance = np.asarray(share, float), np.asarray(variance, float)
    usable = (share > 0) & (share < 1)
    s = np.where(usable, share, 0.5)
    width = z_value(level) * np.sqrt(variance) / s
    lo, hi = _SCALES[kind](s, width)
    return np.where(usable, lo, np.nan)[()], np.where(usable, hi, np.nan)[()]


def positive_interval(estimate, se, *, level=0.95):
    """Limits of a positive quantity, such as excess days, on the log scale.

    Parameters
    ----------
    estimate, se : array-like of float
        Estimate and its standard error.
    level : float
        Confidence level.

    Returns
    -------
    lo, hi : float or ndarray
        estimate * exp(-+ z se / estimate), > 0; NaN where the estimate is not positive. Holds its
        level better than estimate -+ z se where few spells make up the quantity.

    Examples
    --------
    >>> lo, hi = positive_interval(4.0, 1.0)
    >>> round(float(lo), 2), round(float(hi), 2)
    (2.45, 6.53)
    """
    estimate, se = np.asarray(estimate, float), np.asarray(se, float)
    is_positive = estimate > 0
    base = np.where(is_positive, estimate, np.nan)
    factor = np.exp(z_value(level) * se / base)
    return (base / factor)[()], (base * factor)[()]
