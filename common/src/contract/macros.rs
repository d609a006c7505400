//! From the list of functions of a part, everything that carries a call.

/// Declares the functions that a student writes for one part.
///
/// ```
/// common::contract! {
///     /// Two functions.
///     pub trait Arithmetic, table ArithmeticTable {
///         /// `a + b`.
///         fn add(a: f64, b: f64) -> f64;
///         /// `-a`.
///         fn negate(a: f64) -> f64;
///     }
/// }
///
/// use common::contract::Submission;
/// let table = ArithmeticTable { add: |a, b| a + b, negate: |a| -a };
/// assert_eq!(Submission::local(table).add(1.0, 2.0), Ok(3.0));
///
/// // A mutant: the same, but for one function.
/// let mutant = ArithmeticTable { add: |a, b| a - b, ..table };
/// assert_eq!(Submission::local(mutant).add(1.0, 2.0), Ok(-1.0));
/// ```
///
/// It makes three things of the list:
/// - the **table**, one function pointer per function: the in-process form. A mutant is a copy of the
///   table with one entry replaced;
/// - the **server**: the table implements [`Serve`](crate::contract::Serve), so a process can answer
///   calls that arrive as bytes;
/// - the **client**: [`Submission`](crate::contract::Submission) implements the trait, so a check
///   calls the functions as methods, wherever they run.
#[macro_export]
macro_rules! contract {
    (
        $(#[$meta:meta])*
        pub trait $Trait:ident, table $Table:ident {
            $( $(#[$fmeta:meta])* fn $name:ident ( $($arg:ident : $ty:ty),* $(,)? ) -> $ret:ty; )*
        }
    ) => {
        $(#[$meta])*
        pub trait $Trait {
            $(
                $(#[$fmeta])*
                #[allow(clippy::too_many_arguments)]
                fn $name(&self, $($arg: $ty),*) -> $crate::contract::Outcome<$ret>;
            )*
        }

        impl $Trait for $crate::contract::Submission<'_> {
            $(
                fn $name(&self, $($arg: $ty),*) -> $crate::contract::Outcome<$ret> {
                    self.call(stringify!($name), &($($arg,)*), |($($arg,)*)| {
                        vec![$($crate::contract::argument(stringify!($arg), $arg)),*]
                    })
                }
            )*
        }

        #[doc = concat!("The functions of [`", stringify!($Trait), "`] as a table of function pointers.")]
        #[derive(Clone, Copy)]
        pub struct $Table {
            $( $(#[$fmeta])* pub $name: fn($($ty),*) -> $ret, )*
        }

        impl $Table {
            /// The names of the functions, in the order of the declaration.
            pub const FUNCTIONS: &'static [&'static str] = &[$(stringify!($name)),*];
        }

        impl $crate::contract::Serve for $Table {
            fn serve(
                &self,
                function: &str,
                arguments: &[u8],
            ) -> Option<$crate::contract::Outcome<Vec<u8>>> {
                match function {
                    $(
                        stringify!($name) => Some($crate::contract::serve_one(
                            arguments,
                            |($($arg,)*): ($($ty,)*)| (self.$name)($($arg),*),
                        )),
                    )*
                    _ => None,
                }
            }
        }
    };
}

/// Declares an assignment as the sum of its parts' tables.
#[macro_export]
macro_rules! assignment {
    ($(#[$meta:meta])* pub struct $Name:ident { $($(#[$fmeta:meta])* pub $part:ident : $Table:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy)]
        pub struct $Name { $($(#[$fmeta])* pub $part: $Table,)* }

        impl $Name {
            /// The names of the functions of each part, in the order of the declaration.
            pub const FUNCTIONS: &'static [(&'static str, &'static [&'static str])] =
                &[$((stringify!($part), <$Table>::FUNCTIONS)),*];
        }

        impl $crate::contract::Serve for $Name {
            fn serve(
                &self,
                function: &str,
                arguments: &[u8],
            ) -> Option<$crate::contract::Outcome<Vec<u8>>> {
                None$(.or_else(|| self.$part.serve(function, arguments)))*
            }
        }
    };
}
