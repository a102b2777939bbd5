//! Files on alerts, held to what their events tell.

use super::Verified;
use crate::db::attachments;
use crate::domain::attachment::Attachment;
use crate::domain::audit::told_attachments::ToldAttachments;
use crate::domain::ids::AttachmentId;
use crate::error::Error;
use std::collections::HashMap;
use tokio_postgres::Client;
use uuid::Uuid;

/// Contents that one statement hashes: at most 32 MiB.
const CONTENTS: usize = 8;

/// Verifies the files of these alerts. They were read before the events that `told` is of, so that all of them must be
/// told; what was done since is read again.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn verify_files(
    client: &Client,
    (alerts, stored): (&[Uuid], &[Attachment]),
    (told, verified): (&ToldAttachments, &mut Verified),
) -> Result<(), Error> {
    verified.n_files += u64::try_from(stored.len()).unwrap_or_default();
    let is_other = |it: &&Attachment| told.check(it).is_err();
    let others: Vec<AttachmentId> = stored.iter().filter(is_other).map(|it| it.id).collect();
    if !others.is_empty() || !told.missing(stored).is_empty() {
        // Attached or erased since the files were read, or changed.
        let again = attachments::of_alerts(client, alerts).await?;
        let still_other = again.iter().filter(|it| others.contains(&it.id));
        for fault in still_other.filter_map(|it| told.check(it).err()).chain(told.missing(&again)) {
            verified.note(fault);
        }
    }
    for some in stored.chunks(CONTENTS) {
        verify_contents(client, some, (told, verified)).await?;
    }
    Ok(())
}

async fn verify_contents(
    client: &Client,
    stored: &[Attachment],
    (told, verified): (&ToldAttachments, &mut Verified),
) -> Result<(), Error> {
    let known: HashMap<AttachmentId, &Attachment> = stored.iter().map(|it| (it.id, it)).collect();
    let ids: Vec<Uuid> = stored.iter().map(|it| it.id.0).collect();
    for content in attachments::contents(client, &ids).await? {
        let fault = known.get(&content.id).and_then(|it| told.check_content(it, &content).err());
        verified.note_any(fault);
    }
    let sizes = stored.iter().filter(|it| it.erasure.is_none()).map(|it| it.size_bytes);
    verified.n_file_bytes += sizes.filter_map(|size| u64::try_from(size).ok()).sum::<u64>();
    Ok(())
}
