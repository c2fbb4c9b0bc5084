use super::*;

type Folder = BTreeMap<String, Vec<u8>>;

fn found(folder: &Folder) -> BTreeMap<String, FoundFile> {
    let file =
        |bytes: &Vec<u8>| FoundFile { bytes: bytes.len() as u64, digest: Sha256::digest(bytes).into() };
    folder.iter().map(|(name, bytes)| (name.clone(), file(bytes))).collect()
}

fn archive() -> (Vec<u8>, Folder, [u8; 32]) {
    let names = ["a.xml", "b.pdf", "c.json"];
    let folder: Folder =
        names.iter().map(|name| ((*name).to_owned(), format!("of {name}").into_bytes())).collect();
    let mut writer = ArchiveWriter::new("2026-05");
    for (name, file) in found(&folder) {
        writer.file(&name, file.bytes, file.digest, "2056-12-31".parse().unwrap()).unwrap();
    }
    let (list, head) = writer.finish();
    (list.into_bytes(), folder, head)
}

#[test]
fn an_untouched_archive_holds() {
    let (list, folder, head) = archive();
    let verdict = check_archive(&list, &found(&folder), Some(&head));
    assert!(verdict.holds(), "{verdict:?}");
    assert_eq!((verdict.files, verdict.head), (3, hex(&head)));
}

#[test]
fn every_flipped_bit_of_the_list_and_of_every_file_is_found() {
    let (list, folder, _) = archive();
    for place in 0..list.len() {
        for bit in 0..8 {
            let mut bent = list.clone();
            bent[place] ^= 1 << bit;
            assert!(!check_archive(&bent, &found(&folder), None).holds(), "byte {place} bit {bit}");
        }
    }
    for (name, bytes) in &folder {
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut bent = folder.clone();
                bent.get_mut(name).unwrap()[place] ^= 1 << bit;
                let verdict = check_archive(&list, &found(&bent), None);
                assert_eq!(verdict.faults, [ArchiveFault::Changed { name: name.clone() }]);
            }
        }
    }
}

#[test]
fn whatever_is_removed_added_moved_or_cut_is_found() {
    let (list, folder, head) = archive();
    let lines: Vec<&[u8]> = list.split_inclusive(|byte| *byte == b'\n').collect();
    let holds =
        |lines: &[&[u8]], folder: &Folder| check_archive(&lines.concat(), &found(folder), None).holds();
    assert!(holds(&lines, &folder));
    for one in 0..lines.len() {
        let without: Vec<_> = (0..lines.len()).filter(|line| *line != one).map(|line| lines[line]).collect();
        assert!(!holds(&without, &folder), "without line {one}");
        for other in 0..=lines.len() {
            let mut doubled = lines.clone();
            doubled.insert(other, lines[one]);
            assert!(!holds(&doubled, &folder), "line {one} again at {other}");
        }
        for other in 0..one {
            let mut swapped = lines.clone();
            swapped.swap(one, other);
            assert!(!holds(&swapped, &folder), "lines {one} and {other} swapped");
        }
    }
    for cut in 0..list.len() {
        assert!(!check_archive(&list[..cut], &found(&folder), None).holds(), "cut at {cut}");
    }
    for name in folder.keys() {
        let mut without = folder.clone();
        without.remove(name);
        assert!(!holds(&lines, &without));
        let mut renamed = without.clone();
        renamed.insert("other".into(), folder[name].clone());
        assert!(!holds(&lines, &renamed));
    }
    let mut swapped = folder.clone();
    swapped.insert("a.xml".into(), folder["b.pdf"].clone());
    swapped.insert("b.pdf".into(), folder["a.xml"].clone());
    assert!(!holds(&lines, &swapped));
    let mut added = folder.clone();
    added.insert("d".into(), vec![]);
    assert!(!holds(&lines, &added));
    // Written anew as a whole: only the hash that was kept elsewhere tells.
    let (anew, _) = ArchiveWriter::new("2026-05").finish();
    assert!(check_archive(anew.as_bytes(), &BTreeMap::new(), None).holds());
    let faults = check_archive(anew.as_bytes(), &BTreeMap::new(), Some(&head)).faults;
    assert_eq!(faults, [ArchiveFault::Head]);
}

#[test]
fn names_that_lead_out_of_the_folder_are_neither_written_nor_believed() {
    let mut writer = ArchiveWriter::new("x");
    let day = "2056-12-31".parse().unwrap();
    for name in ["", "../a", "a/b", "a\\b", ".a", "..", LIST, "a\0", "发票.xml", &"a".repeat(MAX_NAME + 1)]
    {
        assert_eq!(
            writer.file(name, 0, [0; 32], day).unwrap_err().code(),
            RefusalCode::ArchiveName,
            "{name}"
        );
    }
    writer.file("a", 0, [0; 32], day).unwrap();
    assert!(writer.file("a", 0, [0; 32], day).is_err(), "listed twice");
}

/// Who changes a line, the file beside it and the hash of that line is found by the line behind it; who writes all lines
/// behind it anew is found by the hash that was kept. The hashes are computed here as the list's description says.
#[test]
fn a_line_written_anew_with_its_hash_is_found_by_what_follows_it() {
    let (list, folder, head) = archive();
    let lines: Vec<Chained> =
        std::str::from_utf8(&list).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let hash = |before: &[u8; 32], line: &Line| -> [u8; 32] {
        let text = serde_json::to_string(line).unwrap();
        Sha256::digest([b"fapiao-archive/1".as_slice(), before, text.as_bytes()].concat()).into()
    };
    let written = |lines: &[Chained]| lines.iter().map(|line| text_of(line) + "\n").collect::<String>();
    for at in 1..lines.len() - 1 {
        let mut forged = lines.clone();
        let Line::File { name, bytes, sha256, .. } = &mut forged[at].line else { panic!("line {at}") };
        let mut folder = folder.clone();
        folder.insert(name.clone(), b"forged".to_vec());
        (*bytes, *sha256) = (6, Sha256::digest(b"forged").into());
        forged[at].chain = hash(&lines[at - 1].chain, &forged[at].line);
        let faults = check_archive(written(&forged).as_bytes(), &found(&folder), Some(&head)).faults;
        // Lines count from one: the next.
        assert_eq!(faults, [ArchiveFault::Chain { line: at as u64 + 2 }]);
        for behind in at + 1..forged.len() {
            forged[behind].chain = hash(&forged[behind - 1].chain, &forged[behind].line);
        }
        let all_anew = written(&forged);
        assert!(check_archive(all_anew.as_bytes(), &found(&folder), None).holds());
        let faults = check_archive(all_anew.as_bytes(), &found(&folder), Some(&head)).faults;
        assert_eq!(faults, [ArchiveFault::Head]);
    }
}
