//! HTTP archives (HAR 1.2), as browsers and proxies write them: one entry at a time, so that the bodies in them are
//! never held.

use std::fmt;
use std::io::Read;

use scopewise::{Archive, Exchange, Sender};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A request and its answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    #[serde(rename = "startedDateTime")]
    started: Option<String>,
    request: Request,
    response: Response,
}

#[derive(Debug, Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Header>,
}

#[derive(Debug, Deserialize)]
struct Response {
    status: i64,
}

#[derive(Debug, Deserialize)]
struct Header {
    name: String,
    value: String,
}

impl Entry {
    /// What is looked at, with the header that an archive is said to name principals in.
    pub(crate) fn exchange(&self, archive: &Archive) -> Exchange<'_> {
        let principal = match &archive.sender {
            Some(Sender::Header(name)) => self.request.header(name),
            Some(Sender::Principal(_)) | None => None,
        };
        Exchange {
            started: self.started.as_deref(),
            method: &self.request.method,
            url: &self.request.url,
            status: self.response.status,
            principal,
        }
    }
}

impl Request {
    /// The value of a header.
    fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        header.map(|header| header.value.as_str())
    }
}

/// Goes through the entries of an archive, in its order.
pub(crate) fn each_entry(input: impl Read, each: impl FnMut(Entry)) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_reader(input);
    Inside { name: "log", of: Inside { name: "entries", of: Entries(each) } }.deserialize(&mut reader)?;
    reader.end()
}

/// The value of one member of an object; the others are passed over.
struct Inside<S> {
    name: &'static str,
    of: S,
}

/// The items of a list, each handed over.
struct Entries<F>(F);

impl<'de, S: DeserializeSeed<'de, Value = ()>> DeserializeSeed<'de> for Inside<S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de, Value = ()>> Visitor<'de> for Inside<S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object with `{}`", self.name)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut wanted = Some(self.of);
        while let Some(key) = map.next_key::<String>()? {
            match wanted.take() {
                Some(seed) if key == self.name => map.next_value_seed(seed)?,
                kept => {
                    wanted = kept;
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        match wanted {
            None => Ok(()),
            Some(_) => Err(serde::de::Error::missing_field(self.name)),
        }
    }
}

impl<'de, F: FnMut(Entry)> DeserializeSeed<'de> for Entries<F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Entry)> Visitor<'de> for Entries<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of entries")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(entry) = list.next_element::<Entry>()? {
            (self.0)(entry);
        }
        Ok(())
    }
}
