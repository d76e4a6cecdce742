from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compat.detect.webidl import Class, Enumerator, Interface, interface

PLAIN = """
function WrapperObject() {
}
WrapperObject.prototype = Object.create(WrapperObject.prototype);
WrapperObject.prototype.constructor = WrapperObject;
WrapperObject.prototype.__class__ = WrapperObject;
WrapperObject.__cache__ = {};
Module['WrapperObject'] = WrapperObject;
function VoidPtr() { throw "cannot construct a VoidPtr, no constructor in IDL" }
VoidPtr.prototype = Object.create(WrapperObject.prototype);
VoidPtr.prototype.constructor = VoidPtr;
VoidPtr.prototype.__class__ = VoidPtr;
VoidPtr.__cache__ = {};
Module['VoidPtr'] = VoidPtr;
/** @suppress {undefinedVars, duplicate} */function Shape(arg0, arg1) {
  if (arg1 === undefined) { this.ptr = _emscripten_bind_Shape_Shape_1(arg0); getCache(Shape)[this.ptr] = this;return }
  this.ptr = _emscripten_bind_Shape_Shape_2(arg0, arg1);
  getCache(Shape)[this.ptr] = this;
};;
Shape.prototype = Object.create(WrapperObject.prototype);
Shape.prototype.constructor = Shape;
Shape.prototype.__class__ = Shape;
Shape.__cache__ = {};
Module['Shape'] = Shape;

Shape.prototype['part'] = Shape.prototype.part = /** @suppress {undefinedVars, duplicate} */function(arg0) {
  var self = this.ptr;
  ensureCache.prepare();
  if (arg0 && typeof arg0 === 'object') arg0 = arg0.ptr;
  else arg0 = ensureString(arg0);
  if (arg0 === undefined) { return wrapPointer(_emscripten_bind_Shape_part_0(self), Shape) }
  return wrapPointer(_emscripten_bind_Shape_part_1(self, arg0), Shape);
};;

Shape.prototype['name'] = Shape.prototype.name = function() {
  return UTF8ToString(_emscripten_bind_Shape_name_0(this.ptr));
};;

  Shape.prototype['get_flat'] = Shape.prototype.get_flat = function() {
  var self = this.ptr;
  return !!(_emscripten_bind_Shape_get_flat_0(self));
};
    Shape.prototype['set_flat'] = Shape.prototype.set_flat = function(arg0) {
  var self = this.ptr;
  _emscripten_bind_Shape_set_flat_1(self, arg0);
};
    Object.defineProperty(Shape.prototype, 'flat', { get: Shape.prototype.get_flat, set: Shape.prototype.set_flat });

Shape.prototype['raw'] = Shape.prototype.raw = function() {
  return wrapPointer(_emscripten_bind_Shape_raw_0(this.ptr), VoidPtr);
};;
Shape.prototype['area'] = Shape.prototype.area = function() {
  return _emscripten_bind_Shape_area_0(this.ptr);
};;
Round_Shape.prototype = Object.create(Shape.prototype);
Round_Shape.prototype.constructor = Round_Shape;
Round_Shape.prototype.__class__ = Round_Shape;
Round_Shape.__cache__ = {};
Module['Round_Shape'] = Round_Shape;
(function() {
  function setupEnums() {
    // my_Kind
    Module['ROUND'] = _emscripten_enum_my_Kind_ROUND();
    Module['VERY_FLAT'] = _emscripten_enum_my_Kind_VERY_FLAT();
    // Shape_Mode
    Module['Shape']['FAST'] = _emscripten_enum_Shape_Mode_FAST();
  }
  if (runtimeInitialized) setupEnums();
  else addOnPreMain(setupEnums);
})();
"""
"""What the binder writes, in part."""

UGLY = (
    "function r(){}r.prototype=Object.create(r.prototype);r.prototype.constructor=r;r.prototype.__class__"
    '=r;r.__cache__={};Module["WrapperObject"]=r;function v(){throw"no"}v.prototype=Object.create(r.proto'
    'type);v.prototype.constructor=v;v.prototype.__class__=v;v.__cache__={};Module["VoidPtr"]=v;function '
    "s(b,c){if(c===undefined){this.ptr=x(b);return}this.ptr=y(b,c)}s.prototype=Object.create(r.prototype)"
    ';s.prototype.constructor=s;s.prototype.__class__=s;s.__cache__={};Module["Shape"]=s;s.prototype["par'
    't"]=s.prototype.part=(function(b){var self=this.ptr;if(b===undefined){return s(f(self),s)}return w(f'
    '(self,b),s)});s.prototype["name"]=s.prototype.name=(function(){return P(g(this.ptr))});s.prototype["'
    'get_flat"]=s.prototype.get_flat=(function(){return!!h(this.ptr)});s.prototype["raw"]=s.prototype.raw'
    '=(function(){return w(i(this.ptr),v)});s.prototype["area"]=s.prototype.area=(function(){return j(thi'
    "s.ptr)});t.prototype=Object.create(s.prototype);t.prototype.constructor=t;t.prototype.__class__=t;t."
    '__cache__={};Module["Round_Shape"]=t;((function(){function o(){Module["ROUND"]=_emscripten_enum_my_K'
    'ind_ROUND();Module["VERY_FLAT"]=_emscripten_enum_my_Kind_VERY_FLAT();Module["Shape"]["FAST"]=_emscri'
    "pten_enum_Shape_Mode_FAST()}o()}))();"
)
"""The same as uglify leaves it."""

CLOSURE = (
    "var ka=a._emscripten_enum_my_Kind_ROUND=function(){return a.asm.ka.apply(null,arguments)},kb=a.\n"
    "_emscripten_enum_my_Kind_VERY_FLAT=function(){return a.asm.kb()},kc=a._emscripten_enum_Shape_Mode_FA"
    "ST=function(){};function r(){}r.prototype=Object.create(r.prototype);r.prototype.constructor=r;r.pro"
    "totype.As=r;r.Bs={};a.WrapperObject=r;v.prototype=Object.create(r.prototype),v.prototype.constructor"
    "=v,v.prototype.As=v,v.Bs={},a.VoidPtr=v,s.prototype=Object.create(r.prototype),s.prototype.construct"
    'or=s,s.prototype.As=s,s.Bs={},a.Shape=s,s.prototype.part=function(b){var c=this.zs;return b&&"object'
    '"==typeof b&&(b=b.zs),void 0===b?w(f(c),s):w(g(c,b),s)},s.prototype.name=s.prototype.name=function()'
    '{return P(g(this.zs))},s.prototype.get_flat=s.prototype.$a=function(b){b&&"object"===typeof b&&(b=b.'
    "zs);return!!(void 0===b?h(this.zs):k(this.zs,b))};s.prototype.raw=function(b){return w(void 0===b?i("
    "this.zs):k(this.zs,b),v)};s.prototype.area=function(b){return void 0===b?j(this.zs):k(this.zs,b)};t."
    "prototype=Object.create(s.prototype),t.prototype.constructor=t,t.prototype.As=t,t.Bs={},a.Round_Shap"
    "e=t;(function(){function b(){a.ROUND=ka();a.VERY_FLAT=kb();a.Shape.FAST=kc()}a.calledRun?b():Xa.unsh"
    "ift(b)})();"
)
"""And as Closure, and another minifier after it."""

EXPORTS = ["_emscripten_enum_my_Kind_ROUND", "_emscripten_enum_my_Kind_VERY_FLAT", "_emscripten_enum_Shape_Mode_FAST"]
READ = Interface(
    {
        "VoidPtr": Class(None, {}),
        "Shape": Class(None, {"part": "Shape", "name": str, "get_flat": bool, "raw": "VoidPtr"}),
        "Round_Shape": Class("Shape", {}),
    },
    {
        EXPORTS[0]: Enumerator("ROUND", None),
        EXPORTS[1]: Enumerator("VERY_FLAT", None),
        EXPORTS[2]: Enumerator("FAST", "Shape"),
    },
)


@pytest.mark.parametrize("glue", [PLAIN, UGLY, CLOSURE], ids=["plain", "uglify", "closure"])
def test_what_the_binder_wrote_is_read(glue: str) -> None:
    assert interface(glue, EXPORTS) == READ


def test_other_glue_has_nothing() -> None:
    text = 'Module["_main"]=function(){return Module["asm"]["_main"]()};a.prototype.b=function(){return c(d(),e)}'
    assert interface(text, EXPORTS) == Interface()


def test_enumerations_are_read_whole_or_not_at_all() -> None:
    assert interface(PLAIN, [*EXPORTS, "_emscripten_enum_my_Kind_LATER"]).enumerators == {}
    assert interface(PLAIN, EXPORTS[:1]).enumerators == {EXPORTS[0]: Enumerator("ROUND", None)}


def test_a_class_that_is_not_known_is_left_out() -> None:
    assert interface(PLAIN.replace("Module['VoidPtr'] = VoidPtr", ""), []).classes["Shape"].returns.keys() == {
        *("part", "name", "get_flat"),
    }


@pytest.mark.parametrize(
    "value",
    ["w(f(c),s)(", "((((w(f(c),s)", "w(f(c),s.t", "!!", "f`x`", "w(f(c),/s/)", "w(f(c),s)+1", "[w(f(c),s)]", ""],
)
def test_a_value_of_another_form_is_left_out(value: str) -> None:
    text = CLOSURE.replace("return P(g(this.zs))", f"return {value}")
    assert "name" not in interface(text, []).classes["Shape"].returns


@given(st.integers(0, len(CLOSURE)), st.integers(0, 40), st.text("(){}[]'\"`/*\\;,.=A ", max_size=8))
def test_damaged_glue_is_read_in_part(start: int, length: int, text: str) -> None:
    for glue in (PLAIN, CLOSURE):
        damaged = glue[:start] + text + glue[start + length :]
        assert all(name in damaged for name in interface(damaged, EXPORTS).classes)


@pytest.mark.parametrize("tail", ["", "(" * 100])
@pytest.mark.parametrize(
    "piece", ["a.prototype.b=function(){", "a.prototype=Object.create(a.prototype);", f"{EXPORTS[0]}()", "return "]
)
def test_much_that_looks_alike_hides_nothing_before_it(piece: str, tail: str) -> None:
    assert interface(CLOSURE + (piece + tail) * 10_000, EXPORTS) == READ
