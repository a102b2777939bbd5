//! A function's routes: a list of handlers, each under the path and the methods that `#[utoipa::path]` gives it.
//!
//! What is deployed does not describe itself: it would make every schema at every start. The description is gathered
//! only with the feature `description`, beside a router that is made in the one way.

use crate::state::AppState;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use utoipa::Path;
use utoipa::openapi::HttpMethod;
#[cfg(feature = "description")]
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

// For `routes!`, which is used where these are not known.
#[doc(hidden)]
pub use pastey::paste;
#[cfg(feature = "description")]
#[doc(hidden)]
pub use utoipa_axum;

/// Handlers at their paths.
#[derive(Clone, Default)]
pub struct Routes {
    router: Router<AppState>,
    #[cfg(feature = "description")]
    described: OpenApiRouter<AppState>,
}

impl Routes {
    /// Adds a handler where `P`, made by `#[utoipa::path]`, says. `routes!` finds that `P`.
    #[must_use]
    pub fn on<P: Path, H: Handler<T, AppState>, T: 'static>(mut self, handler: H) -> Self {
        let methods = P::methods().iter().map(filter_of).reduce(MethodFilter::or);
        if let Some(methods) = methods {
            self.router = self.router.route(&P::path(), on(methods, handler));
        }
        self
    }

    /// Adds the routes of another function.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        #[cfg(feature = "description")]
        {
            self.described = self.described.merge(other.described);
        }
        self
    }

    /// Lets what is here so far take bodies of at most so many bytes, in place of the limit that all have.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.router = self.router.layer(DefaultBodyLimit::max(bytes));
        self
    }

    /// Gives what is here so far a state of its own, such as another login at the database.
    #[must_use]
    pub fn with_state(mut self, state: AppState) -> Self {
        self.router = self.router.with_state(state);
        self
    }
}

#[cfg(feature = "description")]
impl Routes {
    /// Adds what `utoipa_axum` knows of a handler.
    #[must_use]
    pub fn describe(mut self, handler: UtoipaMethodRouter<AppState>) -> Self {
        self.described = self.described.routes(handler);
        self
    }

    /// The description of all of them.
    pub fn into_openapi(self) -> utoipa::openapi::OpenApi {
        self.described.into_openapi()
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.router.fmt(formatter)
    }
}

impl From<Routes> for Router<AppState> {
    fn from(routes: Routes) -> Self {
        routes.router
    }
}

fn filter_of(method: &HttpMethod) -> MethodFilter {
    match method {
        HttpMethod::Get => MethodFilter::GET,
        HttpMethod::Put => MethodFilter::PUT,
        HttpMethod::Post => MethodFilter::POST,
        HttpMethod::Head => MethodFilter::HEAD,
        HttpMethod::Patch => MethodFilter::PATCH,
        HttpMethod::Trace => MethodFilter::TRACE,
        HttpMethod::Delete => MethodFilter::DELETE,
        HttpMethod::Options => MethodFilter::OPTIONS,
    }
}

/// Makes [`Routes`] of handlers: `shared::routes![list::list, facets::count]`.
#[macro_export]
macro_rules! routes {
    ($($first:ident $(:: $rest:ident)*),+ $(,)?) => {{
        let routes = $crate::http::routes::Routes::default();
        $(
            let routes = routes.on::<$crate::path_of!([] $first $($rest)*), _, _>($first $(:: $rest)*);
            let routes = $crate::describe!(routes, $first $(:: $rest)*);
        )+
        routes
    }};
}

/// What `#[utoipa::path]` makes of the handler `module::name`: `module::__path_name`.
#[doc(hidden)]
#[macro_export]
macro_rules! path_of {
    ([$($module:ident)*] $name:ident) => {
        $crate::http::routes::paste! { $($module::)* [<__path_ $name>] }
    };
    ([$($module:ident)*] $next:ident $($rest:ident)+) => { $crate::path_of!([$($module)* $next] $($rest)+) };
}

// Two definitions, because a `cfg` within one would ask for a feature of the crate that calls it.
#[cfg(feature = "description")]
#[doc(hidden)]
#[macro_export]
macro_rules! describe {
    ($routes:ident, $($handler:tt)+) => {
        $routes.describe($crate::http::routes::utoipa_axum::routes!($($handler)+))
    };
}

#[cfg(not(feature = "description"))]
#[doc(hidden)]
#[macro_export]
macro_rules! describe {
    ($routes:ident, $($handler:tt)+) => {
        $routes
    };
}
