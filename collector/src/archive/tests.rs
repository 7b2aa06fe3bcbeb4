use model::SubjectId;

use super::{ArchiveError, export, import};
use crate::store::Store as _;
use crate::store::memory::MemoryStore;

async fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    let subjects: Vec<_> =
        (0..20).map(|n| SubjectId::Identity(format!("arn:example:{n}").into())).collect();
    store.subjects_touch(&subjects).await.unwrap();
    store.setting_put("colour", b"green").await.unwrap();
    store
}

#[tokio::test]
async fn what_was_exported_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.muster");
    let written = export(&filled().await, &file).await.unwrap();
    let store = MemoryStore::new();
    assert_eq!(import(&store, &file).await.unwrap(), written);
    assert_eq!(store.setting_load("colour").await.unwrap().as_deref(), Some(b"green".as_slice()));
}

#[tokio::test]
async fn a_file_cut_at_any_byte_is_refused_and_nothing_is_imported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.muster");
    export(&filled().await, &file).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    for len in 0..bytes.len() {
        std::fs::write(&file, &bytes[..len]).unwrap();
        let store = MemoryStore::new();
        let refused = import(&store, &file).await;
        assert!(matches!(refused, Err(ArchiveError::Unusable { .. })), "cut at {len}");
        assert!(store.records_export(None, 1).await.unwrap().is_empty(), "cut at {len}");
    }
}

#[tokio::test]
async fn a_changed_byte_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.muster");
    export(&filled().await, &file).await.unwrap();
    let bytes = std::fs::read(&file).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        std::fs::write(&file, &changed).unwrap();
        let refused = import(&MemoryStore::new(), &file).await;
        assert!(matches!(refused, Err(ArchiveError::Unusable { .. })), "changed at {at}");
    }
}

#[tokio::test]
async fn an_import_into_a_store_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("all.muster");
    let store = filled().await;
    export(&store, &file).await.unwrap();
    assert!(matches!(import(&store, &file).await, Err(ArchiveError::NotEmpty)));
}
