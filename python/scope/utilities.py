"""Information criteria for choosing the sparsity level, and checks of survival data.

All criteria take ``(loss, dimensionality, effective_params_num, train_size)``: the objective at
the fit, the number p of parameters, the number k of selected ones and the number n of samples.
"""

import math

from scope._survival import check_array_survival, check_y_survival

__all__ = [
    "AIC",
    "BIC",
    "EBIC",
    "GIC",
    "SIC",
    "LinearGIC",
    "LinearSIC",
    "check_array_survival",
    "check_y_survival",
]


def AIC(loss: float, dimensionality: int, effective_params_num: int, train_size: int) -> float:
    """Return Akaike's criterion ``2 loss + 2 k`` for a summed negative log-likelihood.

    Parameters
    ----------
    loss : float
        Negative log-likelihood, summed over the samples.
    dimensionality : int
        Number p of parameters; not used here.
    effective_params_num : int
        Number k of selected parameters.
    train_size : int
        Number n of samples; not used here.

    Returns
    -------
    float
        The criterion; smaller is better.

    References
    ----------
    Akaike (1974), doi:10.1109/TAC.1974.1100705.

    Examples
    --------
    >>> AIC(10.0, 100, 3, 50)
    26.0
    """
    return 2.0 * loss + 2.0 * effective_params_num


def BIC(loss: float, dimensionality: int, effective_params_num: int, train_size: int) -> float:
    """Return Schwarz's criterion ``2 loss + k ln n`` for a summed negative log-likelihood.

    Parameters
    ----------
    loss : float
        Negative log-likelihood, summed over the samples.
    dimensionality : int
        Number p of parameters; not used here.
    effective_params_num : int
        Number k of selected parameters.
    train_size : int
        Number n of samples.

    Returns
    -------
    float
        The criterion; smaller is better.

    References
    ----------
    Schwarz (1978), doi:10.1214/aos/1176344136.

    Examples
    --------
    >>> round(BIC(10.0, 100, 3, 50), 3)
    31.736
    """
    return 2.0 * loss + effective_params_num * math.log(train_size)


def SIC(loss: float, dimensionality: int, effective_params_num: int, train_size: int) -> float:
    """Return the special information criterion ``2 loss + k ln(ln n) ln p``.

    Parameters
    ----------
    loss : float
        Negative log-likelihood, summed over the samples.
    dimensionality : int
        Number p of parameters.
    effective_params_num : int
        Number k of selected parameters.
    train_size : int
        Number n of samples, at least 2.

    Returns
    -------
    float
        The criterion; smaller is better.

    References
    ----------
    Zhu et al. (2020), equation (6), doi:10.1073/pnas.2014241117.

    Examples
    --------
    >>> round(SIC(10.0, 100, 3, 50), 3)
    38.845
    """
    return 2.0 * loss + _sic_penalty(dimensionality, effective_params_num, train_size)


def GIC(loss: float, dimensionality: int, effective_params_num: int, train_size: int) -> float:
    """Return the generalised information criterion; another name of `SIC`.

    Parameters
    ----------
    loss : float
        Negative log-likelihood, summed over the samples.
    dimensionality : int
        Number p of parameters.
    effective_params_num : int
        Number k of selected parameters.
    train_size : int
        Number n of samples, at least 2.

    Returns
    -------
    float
        The criterion; smaller is better.

    References
    ----------
    Fan & Tang (2013), doi:10.1111/rssb.12001.

    Examples
    --------
    >>> GIC(10.0, 100, 3, 50) == SIC(10.0, 100, 3, 50)
    True
    """
    return SIC(loss, dimensionality, effective_params_num, train_size)


def EBIC(loss: float, dimensionality: int, effective_params_num: int, train_size: int) -> float:
    """Return the extended Bayesian criterion ``2 loss + k (ln n + 2 ln p)``.

    Parameters
    ----------
    loss : float
        Negative log-likelihood, summed over the samples.
    dimensionality : int
        Number p of parameters.
    effective_params_num : int
        Number k of selected parameters.
    train_size : int
        Number n of samples.

    Returns
    -------
    float
        The criterion; smaller is better.

    References
    ----------
    Chen & Chen (2008), doi:10.1093/biomet/asn034.

    Examples
    --------
    >>> round(EBIC(10.0, 100, 3, 50), 3)
    59.367
    """
    return 2.0 * loss + effective_params_num * (
        math.log(train_size) + 2.0 * math.log(dimensionality)
    )


def LinearSIC(
    loss: float, dimensionality: int, effective_params_num: int, train_size: int
) -> float:
    """Return ``n ln(loss) + 2 k ln(ln n) ln p``, the special criterion of linear models.

    Parameters
    ----------
    loss : float
        Residual sum of squares; minus infinity is returned for a perfect fit.
    dimensionality : int
        Number p of parameters.
    effective_params_num : int
        Number k of selected parameters.
    train_size : int
        Number n of samples, at least 2.

    Returns
    -------
    float
        The criterion; smaller is better.

    References
    ----------
    Zhu et al. (2020), equation (6), doi:10.1073/pnas.2014241117.

    Examples
    --------
    >>> round(LinearSIC(10.0, 100, 3, 50), 3)
    152.819
    """
    fit = train_size * math.log(loss) if loss > 0.0 else -math.inf
    return fit + 2.0 * _sic_penalty(dimensionality, effective_params_num, train_size)


def LinearGIC(
    loss: float, dimensionality: int, effective_params_num: int, train_size: int
) -> float:
    """Return the same as `LinearSIC`.

    Parameters
    ----------
    loss : float
        Residual sum of squares.
    dimensionality : int
        Number p of parameters.
    effective_params_num : int
        Number k of selected parameters.
    train_size : int
        Number n of samples, at least 2.

    Returns
    -------
    float
        The criterion; smaller is better.

    Examples
    --------
    >>> LinearGIC(10.0, 100, 3, 50) == LinearSIC(10.0, 100, 3, 50)
    True
    """
    return LinearSIC(loss, dimensionality, effective_params_num, train_size)


def _sic_penalty(dimensionality: int, effective_params_num: int, train_size: int) -> float:
    return effective_params_num * math.log(math.log(train_size)) * math.log(dimensionality)
