//! Goes through a file's syntax tree and holds what it names against the rules.

use std::collections::HashSet;

use proc_macro2::{Span, TokenStream};
use syn::visit::{self, Visit};
use syn::{
    Arm, Block, ExprClosure, ExprMethodCall, ExprPath, File, Ident, ImplItemFn, Item, ItemFn,
    ItemMod, ItemUse, Local, Macro, PatIdent, QSelf, Signature, Stmt, TraitItemFn, Type, TypePath,
};

use super::names::{Names, attributes, imports, is_test, segments, text};
use super::source::Found;
use super::{Item as Forbidden, OWN_FILE, Rule, Violation, tokens};

/// The longest text of a hit, in characters. Names are as long as a student likes.
const LONGEST: usize = 120;

/// What `file`, that of `module`, contains that `rules` forbid.
///
/// # Errors
/// When its names cannot be followed.
pub(super) fn walk(module: &str, file: &File, rules: &[Rule]) -> Result<Found, String> {
    let mut declared = Declared::default();
    declared.visit_file(file);
    let mut names = Names::new(module, &file.items);
    for item in &declared.by_macros {
        names.declare_anywhere(item);
    }
    let mut walk = Walk {
        file: format!("{module}.rs"),
        scope: names.root(),
        names,
        rules: rules.iter().chain([&OWN_FILE]).copied().collect(),
        own_methods: declared.methods,
        found: Found::default(),
    };
    walk.visit_file(file);
    if walk.names.is_lost() {
        return Err("its names cannot be followed".to_owned());
    }
    Ok(walk.found)
}

/// What has to be known of a whole file before the first name in it can be judged.
#[derive(Default)]
struct Declared {
    /// The methods that the file defines.
    methods: HashSet<String>,
    /// Imports and aliases in the bodies and arguments of macros.
    by_macros: Vec<Item>,
}

impl<'a> Visit<'a> for Declared {
    fn visit_item(&mut self, item: &'a Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_signature(&mut self, signature: &'a Signature) {
        if signature.receiver().is_some() {
            self.methods.insert(text(&signature.ident));
        }
        visit::visit_signature(self, signature);
    }

    fn visit_token_stream(&mut self, stream: &'a TokenStream) {
        tokens::declarations(stream, &mut self.by_macros);
    }
}

/// The walk through a file.
pub(super) struct Walk {
    file: String,
    names: Names,
    scope: usize,
    rules: Vec<Rule>,
    own_methods: HashSet<String>,
    found: Found,
}

impl Walk {
    /// A path that stands in the code.
    pub fn path(&mut self, path: &[String], span: Span) {
        for target in self.names.resolve(self.scope, path) {
            self.target(path, &target, span);
        }
    }

    /// The path of a macro that is called. Macros without a path, if they are not the file's own, are `std`'s.
    pub fn macro_path(&mut self, path: &[String], span: Span) {
        for mut target in self.names.resolve(self.scope, path) {
            if target.len() == 1 {
                target.insert(0, "std".to_owned());
            }
            self.target(path, &target, span);
        }
    }

    fn target(&mut self, written: &[String], target: &[String], span: Span) {
        if let [start, rest @ ..] = target
            && start == "crate"
        {
            let below_parts = rest.strip_prefix(&["parts".to_owned()]);
            let file = below_parts.and_then(|rest| rest.first());
            self.found.outside.insert(file.cloned().unwrap_or_default());
        }
        let forbidden = |item: &Forbidden| match item {
            Forbidden::Path(path) => {
                let mut segments = target.iter();
                path.split("::")
                    .all(|part| segments.next().is_some_and(|segment| segment == part))
            }
            Forbidden::Method(method) => {
                target.len() > 2
                    && target[0] == "burn"
                    && target.last().is_some_and(|l| l == method)
            }
            Forbidden::Name(_) => false,
        };
        let (written, item) = (written.join("::"), target.join("::"));
        let found = if written.trim_start_matches(':') == item {
            format!("`{}`", cut(&item))
        } else {
            format!("`{}`, which is `{}`", cut(&written), cut(&item))
        };
        self.hit(forbidden, found, span);
    }

    /// The name of a method that is called, or of a function of a type that is not named.
    pub fn method(&mut self, name: &Ident) {
        let method = text(name);
        if !self.own_methods.contains(&method) {
            let forbidden = |item: &Forbidden| matches!(item, Forbidden::Method(m) if *m == method);
            self.hit(forbidden, format!("`.{}()`", cut(&method)), name.span());
        }
    }

    /// A name, wherever it stands.
    pub fn name(&mut self, name: &Ident) {
        let ident = text(name);
        let forbidden = |item: &Forbidden| matches!(item, Forbidden::Name(n) if *n == ident);
        self.hit(forbidden, format!("`{}`", cut(&ident)), name.span());
    }

    /// A module whose code is in another file.
    pub fn module_elsewhere(&mut self, name: &Ident) {
        self.report(
            OWN_FILE,
            format!("`mod {};`", cut(&text(name))),
            name.span(),
        );
    }

    fn hit(&mut self, forbidden: impl Fn(&Forbidden) -> bool, found: String, span: Span) {
        let broken = |rule: &&Rule| rule.items.iter().any(&forbidden);
        if let Some(rule) = self.rules.iter().find(broken) {
            self.report(*rule, found, span);
        }
    }

    fn report(&mut self, rule: Rule, found: String, span: Span) {
        self.found.violations.push(Violation {
            file: self.file.clone(),
            line: span.start().line,
            found,
            rule,
        });
    }

    /// A path with a type before it: `<Tensor<1>>::backward`, `<T as Trait>::method`.
    fn qualified(&mut self, qself: &QSelf, path: &syn::Path) {
        let Some(last) = path.segments.last() else {
            return;
        };
        match &*qself.ty {
            Type::Path(ty) if ty.qself.is_none() => {
                let mut whole = segments(&ty.path);
                whole.push(text(&last.ident));
                self.path(&whole, last.ident.span());
            }
            _ => self.method(&last.ident),
        }
    }

    /// Walks on in a scope of its own with what `items` declare.
    fn inside<'a>(&mut self, items: impl Iterator<Item = &'a Item>, work: impl FnOnce(&mut Self)) {
        let outer = self.scope;
        self.scope = self.names.block(outer, items);
        work(self);
        self.scope = outer;
    }
}

impl<'a> Visit<'a> for Walk {
    fn visit_item(&mut self, item: &'a Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        for (path, _) in imports(item) {
            self.path(&path, item.use_token.span);
        }
        visit::visit_item_use(self, item);
    }

    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        match self.names.of_module(item) {
            Some(module) => {
                let outer = std::mem::replace(&mut self.scope, module);
                visit::visit_item_mod(self, item);
                self.scope = outer;
            }
            None => self.module_elsewhere(&item.ident),
        }
    }

    fn visit_block(&mut self, block: &'a Block) {
        let items = block.stmts.iter().filter_map(|statement| match statement {
            Stmt::Item(item) => Some(item),
            _ => None,
        });
        self.inside(items, |walk| visit::visit_block(walk, block));
    }

    // What binds variables for a part of the code only.

    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        self.inside([].into_iter(), |walk| visit::visit_item_fn(walk, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        self.inside([].into_iter(), |walk| visit::visit_impl_item_fn(walk, item));
    }

    fn visit_trait_item_fn(&mut self, item: &'a TraitItemFn) {
        self.inside([].into_iter(), |walk| {
            visit::visit_trait_item_fn(walk, item)
        });
    }

    fn visit_expr_closure(&mut self, closure: &'a ExprClosure) {
        self.inside([].into_iter(), |walk| {
            visit::visit_expr_closure(walk, closure)
        });
    }

    fn visit_arm(&mut self, arm: &'a Arm) {
        self.inside([].into_iter(), |walk| visit::visit_arm(walk, arm));
    }

    fn visit_local(&mut self, local: &'a Local) {
        // The value first: in `let gelu = gelu(x)` the variable is not there yet.
        if let Some(init) = &local.init {
            visit::visit_local_init(self, init);
        }
        self.visit_pat(&local.pat);
    }

    fn visit_pat_ident(&mut self, pattern: &'a PatIdent) {
        self.names.variable(self.scope, &pattern.ident);
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if let Some(last) = path.segments.last() {
            self.path(&segments(path), last.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, expr: &'a ExprPath) {
        if let Some(qself) = &expr.qself {
            self.qualified(qself, &expr.path);
        }
        visit::visit_expr_path(self, expr);
    }

    fn visit_type_path(&mut self, ty: &'a TypePath) {
        if let Some(qself) = &ty.qself {
            self.qualified(qself, &ty.path);
        }
        visit::visit_type_path(self, ty);
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        self.method(&call.method);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'a Macro) {
        if let Some(last) = call.path.segments.last() {
            self.macro_path(&segments(&call.path), last.ident.span());
            self.name(&last.ident);
        }
        self.visit_token_stream(&call.tokens);
    }

    fn visit_token_stream(&mut self, stream: &'a TokenStream) {
        tokens::walk(stream, self);
    }

    fn visit_ident(&mut self, ident: &'a Ident) {
        self.name(ident);
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}
