use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;

use crate::store::Store;

type Reopen = Box<dyn Fn() -> BoxFuture<'static, Arc<dyn Store>> + Send + Sync>;

/// A store under test, and how to close and open it again.
pub struct Subject {
    store: Mutex<Arc<dyn Store>>,
    reopen: Option<Reopen>,
}

impl Subject {
    /// A store that can be closed and opened again: `reopen` gets it, closes it, and gives it back opened anew.
    pub fn reopening<S, F, Fut>(store: S, reopen: F) -> Self
    where
        S: Store + 'static,
        F: Fn(Arc<S>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = S> + Send + 'static,
    {
        let store = Arc::new(store);
        let current = Arc::new(Mutex::new(store.clone()));
        let reopen = Arc::new(reopen);
        let again = move || -> BoxFuture<'static, Arc<dyn Store>> {
            let (current, reopen) = (current.clone(), reopen.clone());
            Box::pin(async move {
                let old = current.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let new = Arc::new(reopen(old).await);
                *current.lock().unwrap_or_else(PoisonError::into_inner) = new.clone();
                let new: Arc<dyn Store> = new;
                new
            })
        };
        Self { store: Mutex::new(store), reopen: Some(Box::new(again)) }
    }

    /// The store as it is open now.
    pub fn store(&self) -> Arc<dyn Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the store and opens it again; `false` when it cannot.
    pub async fn reopen(&self) -> bool {
        let Some(reopen) = &self.reopen else { return false };
        let store = reopen().await;
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = store;
        true
    }
}

impl<S: Store + 'static> From<S> for Subject {
    fn from(store: S) -> Self {
        Self { store: Mutex::new(Arc::new(store)), reopen: None }
    }
}
