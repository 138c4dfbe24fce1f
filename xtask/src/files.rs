//! Which file a path of a URL means, if any.

use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

/// What stands at a path.
#[derive(Debug, PartialEq)]
pub(crate) enum Found {
    File { path: PathBuf, kind: &'static str },
    Moved(&'static str),
    Nothing,
}

/// What is served, folders and files by themselves, by their true places: links have been followed.
pub(crate) struct Files {
    root: PathBuf,
    served: Vec<PathBuf>,
}

impl Files {
    pub(crate) fn new(root: &Path, served: &[&Path]) -> Result<Self> {
        let served = served.iter().map(|path| true_place(&root.join(path))).collect::<Result<_>>()?;
        Ok(Self { root: root.to_path_buf(), served })
    }

    pub(crate) fn find(&self, url: &str) -> Found {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        match path {
            "/" | "/www" => Found::Moved("/www/"),
            _ => self.file(path).unwrap_or(Found::Nothing),
        }
    }

    /// A path is refused by its text, and once more by where it leads: a link must not lead out of what is served.
    fn file(&self, url: &str) -> Option<Found> {
        let mut path = self.root.join(relative(&decoded(url.strip_prefix('/')?)?)?);
        if url.ends_with('/') {
            path.push("index.html");
        }
        let path = fs::canonicalize(path).ok().filter(|path| path.is_file() && self.holds(path))?;
        let kind = kind(&path);
        Some(Found::File { path, kind })
    }

    fn holds(&self, path: &Path) -> bool {
        self.served.iter().any(|served| path.starts_with(served))
    }
}

fn true_place(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).with_context(|| format!("`{}` cannot be served", path.display()))
}

/// A path of plain names alone.
fn relative(text: &str) -> Option<&Path> {
    let path = Path::new(text);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !text.contains(['\0', '\\'])).then_some(path)
}

/// `%41` is `A`.
fn decoded(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2).filter(|hex| !hex.starts_with('+'))?, 16).ok()?);
        bytes.extend(piece.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Browsers run a module only by its right type, and compile wasm while it comes only by its own.
fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A root with two folders and a file that are served, what is not, and links out.
    pub(crate) struct Root(pub(crate) PathBuf);

    impl Root {
        pub(crate) fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("scopewise-server-{name}-{}", std::process::id()));
            for folder in ["www", "pkg/wasm", "docs", "private"] {
                fs::create_dir_all(root.join(folder)).unwrap();
            }
            for file in ["www/index.html", "www/a b.txt", "pkg/index.js", "pkg/wasm/x.wasm"] {
                fs::write(root.join(file), file).unwrap();
            }
            for file in ["docs/rules.md", "docs/rules.md.old", "private/key"] {
                fs::write(root.join(file), file).unwrap();
            }
            symlink("../private/key", root.join("www/link")).unwrap();
            symlink("../private", root.join("www/folder")).unwrap();
            Self(root)
        }

        fn files(&self) -> Files {
            Files::new(&self.0, &["www", "pkg", "docs/rules.md"].map(Path::new)).unwrap()
        }

        fn found(&self, path: &str, kind: &'static str) -> Found {
            Found::File { path: fs::canonicalize(self.0.join(path)).unwrap(), kind }
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn files_come_with_the_type_that_browsers_ask_for() {
        let root = Root::new("types");
        let files = root.files();
        let html = "text/html; charset=utf-8";
        assert_eq!(files.find("/www/"), root.found("www/index.html", html));
        assert_eq!(files.find("/www/index.html?a=/../b#c"), root.found("www/index.html", html));
        let text = "text/plain; charset=utf-8";
        assert_eq!(files.find("/docs/rules.md"), root.found("docs/rules.md", text));
        assert_eq!(files.find("/www/a%20b.txt"), root.found("www/a b.txt", text));
        assert_eq!(files.find("/pkg/index.js"), root.found("pkg/index.js", "text/javascript; charset=utf-8"));
        assert_eq!(files.find("/pkg/wasm/x.wasm"), root.found("pkg/wasm/x.wasm", "application/wasm"));
    }

    #[test]
    fn the_root_leads_to_the_page() {
        let root = Root::new("moved");
        assert_eq!(root.files().find("/"), Found::Moved("/www/"));
        assert_eq!(root.files().find("/www?x"), Found::Moved("/www/"));
    }

    #[test]
    fn no_path_leads_out_of_the_folders() {
        let root = Root::new("traversal");
        let files = root.files();
        for url in [
            "/private/key",
            "/www/../private/key",
            "/www/%2e%2e/private/key",
            "/www/..%2fprivate%2fkey",
            "/www/..\\private\\key",
            "/www/%2e%2e%5cprivate%5ckey",
            "/../private/key",
            "//private/key",
            "/%2fetc/passwd",
            "/www//etc/passwd",
            "/www/link",
            "/www/folder/key",
            "/www/folder/",
            "/www/index.html%00.js",
            "/www/%zz",
            "/www/%+1",
            "/www/%2",
            "/www/%ff",
            "/www/missing",
            "/docs/rules.md.old",
            "/docs/",
            "/pkg",
            "/pkg/",
            "/pkg/wasm",
            "/www/index.html/",
            "www/index.html",
            "http://127.0.0.1/www/",
            "",
        ] {
            assert_eq!(files.find(url), Found::Nothing, "`{url}`");
        }
    }
}
