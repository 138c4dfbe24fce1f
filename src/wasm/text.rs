//! Answers as JSON texts, which JavaScript parses: how they leave the parts.
//!
//! Parts have many types of answers, and each is written once. As JavaScript values, member by member, that took twice the
//! bytes, and the more time the more rows there were.

use std::fmt;

use serde::ser::{self, Serialize};
use wasm_bindgen::prelude::*;

use crate::json::Writer;

pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let mut text = Text { writer: Writer::compact(), is_key: false };
    value.serialize(&mut text).map_err(|fault| JsValue::from_str(&fault.0))?;
    js_sys::JSON::parse(&text.writer.finish())
}

struct Text {
    writer: Writer,
    /// What comes next is the key of a member.
    is_key: bool,
}

impl Text {
    fn word(&mut self, word: &str) {
        if std::mem::take(&mut self.is_key) {
            self.writer.key(word);
        } else {
            self.writer.word(word);
        }
    }

    fn begin(&mut self, bracket: char) -> &mut Self {
        self.writer.begin(bracket);
        self
    }

    fn end(&mut self, brackets: &str) {
        brackets.chars().for_each(|bracket| self.writer.end(bracket));
    }

    fn variant(&mut self, variant: &str) -> &mut Self {
        self.writer.begin('{');
        self.writer.key(variant);
        self
    }

    fn member<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Fault> {
        self.writer.key(key);
        value.serialize(self)
    }
}

/// What a type says that refuses to be written. None does.
#[derive(Debug)]
struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

macro_rules! as_words {
    ($($write:ident: $number:ty),*) => {$(
        fn $write(self, value: $number) -> Result<(), Fault> {
            self.word(&value.to_string());
            Ok(())
        }
    )*};
}

impl<'t> ser::Serializer for &'t mut Text {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Variant<'t>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Variant<'t>;

    as_words! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    }

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        self.word(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        self.serialize_f64(f64::from(value))
    }

    /// JavaScript writes it, for what writes floats is large.
    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        let text = js_sys::JSON::stringify(&JsValue::from_f64(value)).ok().and_then(|text| text.as_string());
        self.word(text.as_deref().unwrap_or("null"));
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        if std::mem::take(&mut self.is_key) {
            self.writer.key(value);
        } else {
            self.writer.text(value);
        }
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Fault> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        self.word("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Fault> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(&mut *self.variant(variant))?;
        self.end("}");
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, Fault> {
        Ok(self.begin('['))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, Fault> {
        Ok(self.begin('['))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        Ok(self.begin('['))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Variant<'t>, Fault> {
        Ok(Variant(self.variant(variant).begin('[')))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Fault> {
        Ok(self.begin('{'))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Fault> {
        Ok(self.begin('{'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Variant<'t>, Fault> {
        Ok(Variant(self.variant(variant).begin('{')))
    }
}

macro_rules! lists {
    ($($list:ident: $item:ident),*) => {$(
        impl ser::$list for &mut Text {
            type Ok = ();
            type Error = Fault;

            fn $item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Fault> {
                Text::end(self, "]");
                Ok(())
            }
        }
    )*};
}

lists! {
    SerializeSeq: serialize_element, SerializeTuple: serialize_element, SerializeTupleStruct: serialize_field
}

impl ser::SerializeMap for &mut Text {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.is_key = true;
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Fault> {
        Text::end(self, "}");
        Ok(())
    }
}

impl ser::SerializeStruct for &mut Text {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        self.member(key, value)
    }

    fn end(self) -> Result<(), Fault> {
        Text::end(self, "}");
        Ok(())
    }
}

/// A variant with its parts: an object with one member.
struct Variant<'t>(&'t mut Text);

impl ser::SerializeTupleVariant for Variant<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        value.serialize(&mut *self.0)
    }

    fn end(self) -> Result<(), Fault> {
        self.0.end("]}");
        Ok(())
    }
}

impl ser::SerializeStructVariant for Variant<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        self.0.member(key, value)
    }

    fn end(self) -> Result<(), Fault> {
        self.0.end("}}");
        Ok(())
    }
}
