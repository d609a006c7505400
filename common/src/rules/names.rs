//! What the names of a file stand for: Rust's name resolution, as far as a file alone tells it.
//!
//! It errs on the side of more meanings. A name that two `use` may explain has both; what comes through a
//! glob may come through each.

use std::cell::Cell;
use std::collections::HashMap;

use syn::{Attribute, Ident, Item, ItemMod, ItemUse, Meta, Type, UseTree};

/// The segments of a path. A path that begins with `::` begins with an empty segment.
pub(super) type Path = Vec<String>;

/// How many steps one name may take. Real ones take a handful; a file made of globs could take for ever.
const MOST_STEPS: u32 = 1000;

/// What a name was declared as.
#[derive(Debug, Clone)]
enum Meaning {
    /// A function, type or other item of this file.
    Own,
    /// A variable: it hides functions, not modules.
    Variable,
    /// A module of this file, by its scope.
    Module(usize),
    /// Another path: `use`, `extern crate`, a type alias.
    Alias(Path),
}

/// What a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// A module of this file.
    Module(usize),
    /// Something outside, as a path from its crate.
    Outside(Path),
}

/// A module, a block, or anything else in which names are declared.
#[derive(Debug, Default)]
struct Scope {
    parent: Option<usize>,
    /// A module: names are not looked for outside it.
    is_module: bool,
    names: HashMap<String, Vec<Meaning>>,
    globs: Vec<Path>,
}

/// The scopes of a file.
#[derive(Debug)]
pub(super) struct Names {
    /// The file's own module below `crate::parts`.
    module: String,
    scopes: Vec<Scope>,
    /// The scope of each module that is written out in the file.
    modules: HashMap<*const ItemMod, usize>,
    /// Whether some name took too many steps.
    lost: Cell<bool>,
}

/// The file's own module.
const ROOT: usize = 0;
/// What macros declare: it may turn up in any scope.
const ANYWHERE: usize = 1;

/// The crates that a part can name. A glob of another crate's is not asked what they are.
const CRATES: [&str; 5] = ["burn", "common", "std", "core", "alloc"];

impl Names {
    /// The names that `items`, a whole file, declare.
    pub fn new(module: &str, items: &[Item]) -> Self {
        let mut names = Self {
            module: module.to_owned(),
            scopes: vec![],
            modules: HashMap::new(),
            lost: Cell::new(false),
        };
        names.open(None, true);
        names.open(Some(ROOT), false);
        names.declare(ROOT, items.iter());
        names
    }

    /// Whether some name was too entangled to be followed.
    pub fn is_lost(&self) -> bool {
        self.lost.get()
    }

    /// The file's own module.
    pub fn root(&self) -> usize {
        ROOT
    }

    /// The scope of a module that is written out.
    pub fn of_module(&self, module: &ItemMod) -> Option<usize> {
        self.modules.get(&std::ptr::from_ref(module)).copied()
    }

    /// A new scope inside `parent` with the names that `items` declare.
    pub fn block<'a>(&mut self, parent: usize, items: impl Iterator<Item = &'a Item>) -> usize {
        let scope = self.open(Some(parent), false);
        self.declare(scope, items);
        scope
    }

    /// A variable in `scope`.
    pub fn variable(&mut self, scope: usize, name: &Ident) {
        self.add(scope, text(name), Meaning::Variable);
    }

    /// What a macro may declare wherever it is called.
    pub fn declare_anywhere(&mut self, item: &Item) {
        self.declare(ANYWHERE, std::iter::once(item));
    }

    /// Everything outside this file that `path`, written in `scope`, may stand for; a path from its crate.
    pub fn resolve(&self, scope: usize, path: &[String]) -> Vec<Path> {
        let mut search = Search {
            names: self,
            steps: MOST_STEPS,
            members: Vec::new(),
            open_globs: Vec::new(),
            targets: Vec::new(),
        };
        search.path(scope, path, None);
        if search.steps == 0 {
            self.lost.set(true);
        }
        let outside = search
            .targets
            .into_iter()
            .filter_map(|target| match target {
                Target::Outside(path) => Some(path),
                Target::Module(_) => None,
            });
        outside.collect()
    }

    fn open(&mut self, parent: Option<usize>, is_module: bool) -> usize {
        self.scopes.push(Scope {
            parent,
            is_module,
            ..Scope::default()
        });
        self.scopes.len() - 1
    }

    fn add(&mut self, scope: usize, name: String, meaning: Meaning) {
        let names = &mut self.scopes[scope].names;
        names.entry(name).or_default().push(meaning);
    }

    fn declare<'a>(&mut self, scope: usize, items: impl Iterator<Item = &'a Item>) {
        for item in items.filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Use(item) => {
                    for (path, name) in imports(item) {
                        match name {
                            Some(name) => self.add(scope, name, Meaning::Alias(path)),
                            None => self.scopes[scope].globs.push(path),
                        }
                    }
                }
                Item::ExternCrate(item) => {
                    let path = match text(&item.ident).as_str() {
                        "self" => vec!["crate".to_owned()],
                        name => vec![String::new(), name.to_owned()],
                    };
                    let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name);
                    self.add(scope, text(name), Meaning::Alias(path));
                }
                Item::Mod(item) => {
                    if let Some((_, items)) = &item.content {
                        let inner = self.open(Some(scope), true);
                        self.modules.insert(std::ptr::from_ref(item), inner);
                        self.add(scope, text(&item.ident), Meaning::Module(inner));
                        self.declare(inner, items.iter());
                    }
                }
                Item::Type(item) => {
                    let meaning = match item.ty.as_ref() {
                        Type::Path(ty) if ty.qself.is_none() => Meaning::Alias(segments(&ty.path)),
                        _ => Meaning::Own,
                    };
                    self.add(scope, text(&item.ident), meaning);
                }
                Item::Fn(item) => self.add(scope, text(&item.sig.ident), Meaning::Own),
                Item::Struct(item) => self.add(scope, text(&item.ident), Meaning::Own),
                Item::Enum(item) => self.add(scope, text(&item.ident), Meaning::Own),
                Item::Union(item) => self.add(scope, text(&item.ident), Meaning::Own),
                Item::Trait(item) => self.add(scope, text(&item.ident), Meaning::Own),
                Item::Const(item) => self.add(scope, text(&item.ident), Meaning::Own),
                Item::Static(item) => self.add(scope, text(&item.ident), Meaning::Own),
                Item::Macro(item) => {
                    if let Some(name) = &item.ident {
                        self.add(scope, text(name), Meaning::Own);
                    }
                }
                _ => {}
            }
        }
    }

    fn module_of(&self, mut scope: usize) -> usize {
        while let (false, Some(parent)) = (self.scopes[scope].is_module, self.scopes[scope].parent)
        {
            scope = parent;
        }
        scope
    }
}

/// The search for what one path stands for.
struct Search<'a> {
    names: &'a Names,
    steps: u32,
    /// What was looked for in a module already: modules may import from each other.
    members: Vec<(usize, Path)>,
    /// The globs, by scope and number, whose own paths are being followed.
    open_globs: Vec<(usize, usize)>,
    targets: Vec<Target>,
}

impl Search<'_> {
    fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }

    /// `from`, if any, is the alias whose path this is, as its scope and name: `use burn;` is not about itself.
    fn path(&mut self, scope: usize, path: &[String], from: Option<(usize, &str)>) {
        let Some((first, rest)) = path.split_first().filter(|_| self.step()) else {
            return;
        };
        match first.as_str() {
            "" => self.targets.push(Target::Outside(rest.to_vec())),
            "crate" => self.of_crate(rest),
            "self" => self.member(self.names.module_of(scope), rest),
            "super" => {
                let module = self.names.module_of(scope);
                match self.names.scopes[module].parent {
                    // The rest is looked up in the module above, or leads above that.
                    Some(above) if rest.first().is_some_and(|next| next == "super") => {
                        self.path(above, rest, None);
                    }
                    Some(above) => self.member(self.names.module_of(above), rest),
                    None => {
                        let parts = "parts".to_owned();
                        let up: Path = std::iter::once(parts).chain(rest.iter().cloned()).collect();
                        self.of_crate(&up);
                    }
                }
            }
            _ => self.name(scope, path, from),
        }
    }

    /// A path that begins with a name, from the innermost scope outwards.
    fn name(&mut self, scope: usize, path: &[String], from: Option<(usize, &str)>) {
        let names = self.names;
        let mut here = Some(scope);
        while let Some(scope) = here {
            if self.declared(scope, path, from) {
                return;
            }
            self.globs(scope, path);
            here = names.scopes[scope]
                .parent
                .filter(|_| !names.scopes[scope].is_module);
        }
        if self.declared(ANYWHERE, path, from) {
            return;
        }
        self.globs(ANYWHERE, path);
        // A crate, something of the prelude, a type parameter.
        self.targets.push(Target::Outside(path.to_vec()));
    }

    /// Follows what `scope` declares the first segment as; whether it does.
    fn declared(&mut self, scope: usize, path: &[String], from: Option<(usize, &str)>) -> bool {
        let (first, rest) = (path[0].as_str(), &path[1..]);
        if from == Some((scope, first)) {
            return false;
        }
        let Some(meanings) = self.names.scopes[scope].names.get(first) else {
            return false;
        };
        let mut declared = false;
        for meaning in meanings {
            match meaning {
                Meaning::Variable if !rest.is_empty() => continue,
                Meaning::Variable | Meaning::Own => {}
                Meaning::Module(module) => self.member(*module, rest),
                Meaning::Alias(alias) => {
                    let whole: Path = alias.iter().chain(rest).cloned().collect();
                    self.path(scope, &whole, Some((scope, first)));
                }
            }
            declared = true;
        }
        declared
    }

    /// Follows `path` through the globs of `scope`.
    fn globs(&mut self, scope: usize, path: &[String]) {
        let names = self.names;
        for (number, glob) in names.scopes[scope].globs.iter().enumerate() {
            if self.open_globs.contains(&(scope, number)) {
                continue;
            }
            self.open_globs.push((scope, number));
            let before = std::mem::take(&mut self.targets);
            self.path(scope, glob, None);
            let targets = std::mem::replace(&mut self.targets, before);
            self.open_globs.pop();
            for target in targets {
                match target {
                    Target::Module(module) => self.member(module, path),
                    Target::Outside(_) if CRATES.contains(&path[0].as_str()) => {}
                    Target::Outside(mut whole) => {
                        whole.extend_from_slice(path);
                        self.targets.push(Target::Outside(whole));
                    }
                }
            }
        }
    }

    /// A path inside a module of this file.
    fn member(&mut self, module: usize, path: &[String]) {
        let Some(first) = path.first() else {
            self.targets.push(Target::Module(module));
            return;
        };
        let this = (module, path.to_vec());
        if !self.step() || self.members.contains(&this) {
            return;
        }
        self.members.push(this);
        if first == "self" || first == "super" {
            self.path(module, path, None);
        } else if !self.declared(module, path, None) {
            self.globs(module, path);
        }
    }

    /// A path below `crate`, which may lead back into this file.
    fn of_crate(&mut self, path: &[String]) {
        match path {
            [parts, module, rest @ ..] if parts == "parts" && *module == self.names.module => {
                self.member(ROOT, rest);
            }
            _ => {
                let start = std::iter::once("crate".to_owned());
                let whole = start.chain(path.iter().cloned()).collect();
                self.targets.push(Target::Outside(whole));
            }
        }
    }
}

/// An identifier without the `r#` of a raw one.
pub(super) fn text(ident: &Ident) -> String {
    let text = ident.to_string();
    match text.strip_prefix("r#") {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

/// The segments of a path, without what stands in angle brackets.
pub(super) fn segments(path: &syn::Path) -> Path {
    let start = path.leading_colon.as_ref().map(|_| String::new());
    let names = path.segments.iter().map(|segment| text(&segment.ident));
    start.into_iter().chain(names).collect()
}

/// Each path that a `use` names, with the name that it gets; a glob gets none.
pub(super) fn imports(item: &ItemUse) -> Vec<(Path, Option<String>)> {
    let start = item.leading_colon.as_ref().map(|_| String::new());
    let mut imports = Vec::new();
    add_imports(start.into_iter().collect(), &item.tree, &mut imports);
    imports
}

fn add_imports(mut before: Path, tree: &UseTree, imports: &mut Vec<(Path, Option<String>)>) {
    let add = |mut before: Path, last: &Ident, name: Option<&Ident>| {
        // `a::{self}` is `a`.
        if *last != "self" || before.is_empty() {
            before.push(text(last));
        }
        let name = name.map(text).or_else(|| before.last().cloned());
        (before, name)
    };
    match tree {
        UseTree::Path(tree) => {
            before.push(text(&tree.ident));
            add_imports(before, &tree.tree, imports);
        }
        UseTree::Name(tree) => imports.push(add(before, &tree.ident, None)),
        UseTree::Rename(tree) => imports.push(add(before, &tree.ident, Some(&tree.rename))),
        UseTree::Glob(_) => imports.push((before, None)),
        UseTree::Group(tree) => {
            for tree in &tree.items {
                add_imports(before.clone(), tree, imports);
            }
        }
    }
}

/// Whether an item is there for `cargo test` only.
pub(super) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        Meta::NameValue(_) => false,
    })
}

/// The attributes of an item.
pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
