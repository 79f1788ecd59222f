"""A number that is eight numbers: one operation advances eight patients.

``Lanes`` is a numba type held in one vector register (or two or four, where the machine's are narrower). Arithmetic,
``ld``/``st`` and the functions below work on it lane by lane, so that what one lane holds never depends on its
neighbours. Numba's own vectoriser does not find this by itself. Arrays of lanes are flat float64 arrays of
``WIDTH`` values an entry, made by ``empty`` or ``zeros``.
"""

import math
import operator

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.datamodel import models, register_default
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin

from myoflare.compile import kernels
from myoflare.compile.place import PLACE, at  # noqa: F401 - at is for those who import all of this

WIDTH = 8
_DOUBLE, _INT, _BYTES = ir.DoubleType(), ir.IntType(64), 8 * WIDTH
_VECTOR, _INTS = ir.VectorType(_DOUBLE, WIDTH), ir.VectorType(_INT, WIDTH)
# Fused multiply-add is allowed; nothing that assumes that NaN or infinity cannot come: steps are rejected by them.
_FLAGS = ("contract",)


class LanesType(types.Type):
    def __init__(self):
        super().__init__(name=f"lanes{WIDTH}")


LANES = LanesType()


@register_default(LanesType)
class _Model(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _VECTOR)


def _c(x: float) -> ir.Constant:
    return ir.Constant(_VECTOR, [ir.Constant(_DOUBLE, x)] * WIDTH)


def _ci(x: int) -> ir.Constant:
    return ir.Constant(_INTS, [ir.Constant(_INT, x)] * WIDTH)


def _wide(context, builder, kind, x):
    """``x`` in every lane, unless it is lanes already."""
    if kind == LANES:
        return x
    x = context.cast(builder, x, kind, types.float64)
    zero = ir.Constant(ir.IntType(32), 0)
    one = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), x, zero)
    every = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [zero] * WIDTH)
    return builder.shuffle_vector(one, ir.Constant(_VECTOR, ir.Undefined), every)


# Arithmetic


def _arithmetic(op, name: str) -> None:
    mixed = [(LANES, LANES), (LANES, types.float64), (types.float64, LANES)]
    infer_global(op)(type(f"_{name}", (ConcreteTemplate,), {"cases": [signature(LANES, a, b) for a, b in mixed]}))

    def lower(context, builder, sig, args):
        a, b = (_wide(context, builder, k, x) for k, x in zip(sig.args, args, strict=True))
        return getattr(builder, name)(a, b, flags=_FLAGS)

    for pair in mixed:
        lower_builtin(op, *pair)(lower)


for _op, _name in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv")):
    _arithmetic(_op, _name)
infer_global(operator.neg)(type("_fneg", (ConcreteTemplate,), {"cases": [signature(LANES, LANES)]}))
lower_builtin(operator.neg, LANES)(lambda context, builder, sig, args: builder.fneg(args[0]))


# Memory


@njit(cache=True)
def empty(n):
    """Room for ``n`` entries of lanes, aligned to a cache line."""
    raw = np.empty(n * WIDTH + 8)
    skip = ((64 - raw.ctypes.data % 64) % 64) // 8
    return raw[skip : skip + n * WIDTH]


@njit(cache=True)
def zeros(n):
    found = empty(n)
    found[:] = 0.0
    return found


def _address(context, builder, kind, array, i):
    data = array if kind == PLACE else cgutils.create_struct_proxy(kind)(context, builder, array).data
    place = builder.gep(data, [builder.mul(i, ir.Constant(_INT, WIDTH))], inbounds=True)
    return builder.bitcast(place, _VECTOR.as_pointer())


@intrinsic
def ld(typingctx, array, i):
    """Entry ``i`` of an array of lanes, or of what lies ``at`` a place."""

    def lower(context, builder, sig, args):
        found = builder.load(_address(context, builder, sig.args[0], args[0], args[1]))
        found.align = _BYTES
        return found

    return LANES(array, types.intp), lower


@intrinsic
def st(typingctx, array, i, value):
    """Write entry ``i`` of an array of lanes; a plain number goes to every lane."""

    def lower(context, builder, sig, args):
        wide = _wide(context, builder, sig.args[2], args[2])
        builder.store(wide, _address(context, builder, sig.args[0], args[0], args[1])).align = _BYTES
        return context.get_dummy_value()

    return types.void(array, types.intp, value), lower


# Functions, lane by lane


def _lanewise(count: int, emit):
    """An intrinsic of ``count`` arguments, lanes or plain numbers, that gives ``emit(builder, *vectors)`` as lanes."""

    def typed(args):
        def lower(context, builder, sig, values):
            return emit(builder, *(_wide(context, builder, k, x) for k, x in zip(sig.args, values, strict=True)))

        return LANES(*args), lower

    if count == 1:
        return intrinsic(lambda typingctx, a: typed((a,)))
    if count == 2:
        return intrinsic(lambda typingctx, a, b: typed((a, b)))
    return intrinsic(lambda typingctx, a, b, c: typed((a, b, c)))


def _call(builder, name: str, *args):
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(args))
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{WIDTH}f64"), args)


def _test(how: str):
    def emit(builder, a, b):
        compare = builder.fcmp_unordered if how == "!=" else builder.fcmp_ordered
        return builder.select(compare(how, a, b), _c(1.0), _c(0.0))

    return emit


def _true(builder, a):
    return builder.fcmp_unordered("!=", a, _c(0.0))


def _sign(builder, a):
    positive = builder.select(builder.fcmp_ordered(">", a, _c(0.0)), _c(1.0), _c(0.0))
    return builder.select(builder.fcmp_ordered("<", a, _c(0.0)), _c(-1.0), positive)


geq, gt, leq, lt = (_lanewise(2, _test(how)) for how in (">=", ">", "<=", "<"))
eq, neq = _lanewise(2, _test("==")), _lanewise(2, _test("!="))
both = _lanewise(2, lambda b, x, y: b.select(b.and_(_true(b, x), _true(b, y)), _c(1.0), _c(0.0)))
either = _lanewise(2, lambda b, x, y: b.select(b.or_(_true(b, x), _true(b, y)), _c(1.0), _c(0.0)))
select = _lanewise(3, lambda b, test, x, y: b.select(_true(b, test), x, y))
max_ = _lanewise(2, lambda b, x, y: b.select(b.fcmp_ordered(">=", x, y), x, y))
min_ = _lanewise(2, lambda b, x, y: b.select(b.fcmp_ordered("<=", x, y), x, y))
abs_ = _lanewise(1, lambda b, x: _call(b, "fabs", x))
floor_ = _lanewise(1, lambda b, x: _call(b, "floor", x))
ceil_ = _lanewise(1, lambda b, x: _call(b, "ceil", x))
trunc_ = _lanewise(1, lambda b, x: _call(b, "trunc", x))
sqrt = _lanewise(1, lambda b, x: _call(b, "sqrt", x))
sign_ = _lanewise(1, _sign)
wide = _lanewise(1, lambda b, x: x)


def _polynomial(builder, x, coefficients):
    """Sum of coefficients times falling powers of ``x``, by pairs of pairs (Estrin): one after the other would wait."""
    terms = [_c(c) for c in reversed(coefficients)]
    while len(terms) > 1:
        pairs = zip(terms[::2], terms[1::2], strict=False)
        joined = [builder.fadd(builder.fmul(b, x, flags=_FLAGS), a, flags=_FLAGS) for a, b in pairs]
        terms, x = joined + terms[len(joined) * 2 :], builder.fmul(x, x)
    return terms[0]


def _log(builder, x):
    """x = 2^e m with m around 1; log m = 2 artanh((m - 1)/(m + 1)) as a series."""
    bits = builder.bitcast(x, _INTS)
    exponent = builder.ashr(builder.sub(bits, _ci(0x3FE6A09E667F3BCD)), _ci(52))
    m = builder.bitcast(builder.sub(bits, builder.shl(exponent, _ci(52))), _VECTOR)
    s = builder.fdiv(builder.fsub(m, _c(1.0)), builder.fadd(m, _c(1.0)))
    series = _polynomial(builder, builder.fmul(s, s), [1 / k for k in range(19, 0, -2)])
    whole = builder.fmul(builder.sitofp(exponent, _VECTOR), _c(math.log(2.0)))
    return builder.fadd(whole, builder.fmul(builder.fmul(_c(2.0), s), series), flags=_FLAGS)


def _log_of_any(builder, x):
    found = builder.select(builder.fcmp_ordered(">", x, _c(0.0)), _log(builder, x), _c(math.nan))
    found = builder.select(builder.fcmp_ordered("==", x, _c(0.0)), _c(-math.inf), found)
    return builder.select(builder.fcmp_ordered("==", x, _c(math.inf)), x, found)


def _exp(builder, x):
    """x = k log 2 + r; exp r by its series to the last bit, 2^k by its bits. NaN comes back as NaN."""
    inside = builder.select(builder.fcmp_ordered(">", x, _c(-708.0)), x, _c(-708.0))
    inside = builder.select(builder.fcmp_ordered("<", inside, _c(709.0)), inside, _c(709.0))
    k = _call(builder, "floor", builder.fadd(builder.fmul(inside, _c(1.4426950408889634)), _c(0.5)))
    r = builder.fsub(inside, builder.fmul(k, _c(0.6931471803691238)))
    r = builder.fsub(r, builder.fmul(k, _c(1.9082149292705877e-10)))
    series = _polynomial(builder, r, [1 / math.factorial(j) for j in range(13, -1, -1)])
    power = builder.bitcast(builder.shl(builder.add(builder.fptosi(k, _INTS), _ci(1023)), _ci(52)), _VECTOR)
    found = builder.fmul(series, power)
    found = builder.select(builder.fcmp_ordered("<", x, _c(-708.0)), _c(0.0), found)
    found = builder.select(builder.fcmp_ordered(">", x, _c(709.0)), _c(math.inf), found)
    return builder.select(builder.fcmp_unordered("uno", x, x), x, found)


def _power(builder, base, exponent):
    """``kernels.powr``: a negative base to a broken power counts as 0, for a state may be a rounding below it."""
    size = _exp(builder, builder.fmul(exponent, _log_of_any(builder, _call(builder, "fabs", base))))
    size = builder.select(builder.fcmp_ordered("==", exponent, _c(0.0)), _c(1.0), size)
    size = builder.select(builder.fcmp_ordered("==", base, _c(1.0)), _c(1.0), size)
    whole = builder.fcmp_ordered("==", _call(builder, "floor", exponent), exponent)
    half = builder.fmul(exponent, _c(0.5))
    even = builder.fcmp_ordered("==", _call(builder, "floor", half), half)
    of_zero = builder.select(builder.fcmp_ordered(">", exponent, _c(0.0)), _c(0.0), _c(math.inf))
    otherwise = builder.select(builder.fcmp_unordered("uno", exponent, exponent), exponent, of_zero)
    below = builder.select(whole, builder.select(even, size, builder.fneg(size)), otherwise)
    return builder.select(builder.fcmp_ordered("<", base, _c(0.0)), below, size)


def _products(builder, base, exponent):
    """Powers 1 to 4 as products, 1 elsewhere; and which lanes have such an exponent."""
    square = builder.fmul(base, base)
    found, among = _c(1.0), ir.Constant(ir.VectorType(ir.IntType(1), WIDTH), [ir.Constant(ir.IntType(1), 0)] * WIDTH)
    cube, fourth = builder.fmul(square, base), builder.fmul(square, square)
    for number, product in ((1.0, base), (2.0, square), (3.0, cube), (4.0, fourth)):
        same = builder.fcmp_ordered("==", exponent, _c(number))
        found, among = builder.select(same, product, found), builder.or_(among, same)
    return found, among


def _usual_power(builder, base, exponent):
    """``_power`` where lanes are positive and finite, as they nearly always are; its special cases only if one is not.

    A lane without a special case gets the same bits whether its neighbours have one or not.
    """
    size = _exp(builder, builder.fmul(exponent, _log(builder, base)))
    finite = builder.fcmp_ordered("<", _call(builder, "fabs", exponent), _c(math.inf))
    positive = builder.and_(builder.fcmp_ordered(">", base, _c(0.0)), builder.fcmp_ordered("<", base, _c(math.inf)))
    usual = builder.and_(finite, positive)
    return _unless_all(builder, usual, size, lambda: _power(builder, base, exponent))


def _power_or_product(builder, base, exponent):
    """Most Hill exponents are small whole numbers: where all lanes agree on that, the logarithm is left out.

    A lane with such an exponent gets the product whether its neighbours do or not.
    """
    product, among = _products(builder, base, exponent)
    return _unless_all(builder, among, product, lambda: _usual_power(builder, base, exponent))


def _unless_all(builder, chosen, found, other):
    """``found`` in the ``chosen`` lanes and ``other()`` in the rest, which is worked out only if there is a rest."""
    bits = builder.bitcast(chosen, ir.IntType(WIDTH))
    some_other = builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(WIDTH), 2**WIDTH - 1))
    before = builder.block
    with builder.if_then(some_other, likely=False):
        mixed = builder.select(chosen, found, other())
        after = builder.block
    result = builder.phi(_VECTOR)
    result.add_incoming(found, before)
    result.add_incoming(mixed, after)
    return result


log = _lanewise(1, _log_of_any)
exp = _lanewise(1, _exp)
powr = _lanewise(2, _power_or_product)
logp = _lanewise(1, lambda b, x: b.select(b.fcmp_ordered(">", x, _c(0.0)), _log(b, x), _c(0.0)))


def _broken(builder, x):
    """1 where ``x`` is not a whole number; 0 for NaN, which powers pass on by themselves."""
    return builder.select(builder.fcmp_ordered("!=", _call(builder, "floor", x), x), _c(1.0), _c(0.0))


broken = _lanewise(1, _broken)


@njit(cache=True, inline="never")
def dpowr(base, exponent):
    """Derivative of ``powr`` by its base, ``kernels.dpowr``."""
    slope = exponent * powr(base, exponent - 1.0)
    slope = select(both(leq(base, 0.0), broken(exponent)), 0.0, slope)
    return select(either(eq(exponent, 0.0), eq(exponent, 1.0)), exponent, slope)


@njit(cache=True, inline="never")
def powc(base, exponent):
    """Power of a base that no solver moves, ``kernels.powc``."""
    return select(both(lt(base, 0.0), broken(exponent)), math.nan, powr(base, exponent))


@intrinsic
def any_(typingctx, test):
    """Whether any lane is not 0."""

    def lower(context, builder, sig, args):
        bits = builder.bitcast(_true(builder, args[0]), ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(WIDTH), 0))

    return types.boolean(test), lower


@intrinsic
def pick(typingctx, lanes, i):
    """The number in lane ``i``, a constant of the program text."""

    def lower(context, builder, sig, args):
        return builder.extract_element(args[0], builder.trunc(args[1], ir.IntType(32)))

    return types.float64(lanes, types.intp), lower


@intrinsic
def put(typingctx, lanes, i, value):
    """``lanes`` with ``value`` in lane ``i``."""

    def lower(context, builder, sig, args):
        return builder.insert_element(args[0], args[2], builder.trunc(args[1], ir.IntType(32)))

    return LANES(lanes, types.intp, types.float64), lower


def _each(function):
    """Lane after lane through the mathematical library: for functions too rare to be worth a series of their own."""

    @njit
    def apply(x):
        found = wide(x)
        for i in range(WIDTH):
            found = put(found, i, function(pick(found, i)))
        return found

    return apply


sin, cos, tan = _each(math.sin), _each(math.cos), _each(math.tan)
sinh, cosh, tanh = _each(math.sinh), _each(math.cosh), _each(math.tanh)
asin, acos, atan = _each(math.asin), _each(math.acos), _each(math.atan)
asinh, acosh, atanh = _each(math.asinh), _each(math.acosh), _each(math.atanh)
factorial_ = _each(kernels.factorial_)


@njit(cache=True)
def exp_of(x):
    """Exponential of an array of lanes, in place; also the trial of whether lanes work on this machine."""
    for i in range(x.size // WIDTH):
        st(x, i, exp(ld(x, i)))
