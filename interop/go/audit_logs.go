package main

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type entry struct {
	Sequence                         int64
	Time, RecordedBy, Body, LeafHash string
}

type auditLogs struct {
	Log struct {
		OrganizationID string `json:"organizationId"`
		Origin         string
	}
	VerifierKey string
	Entries     []entry
	Roots       []string
	Inclusions  []struct {
		Size, Sequence int64
		Proof          []string
		Valid          bool
	}
	Consistencies []struct {
		From, To int64
		Proof    []string
		Valid    bool
	}
	Checkpoints []struct {
		Name, Note, RefusedBy string
		Size                  uint64
	}
	Proofs []struct{ Name, File, Expected string }
}

// bytesOf are the bytes of an entry as docs/reference/audit-record.md gives them.
func (e entry) bytesOf(organization string) []byte {
	sequence := strconv.FormatInt(e.Sequence, 10)
	return []byte(strings.Join([]string{"holdfast/audit-entry/v1", organization, sequence, e.Time, e.RecordedBy, e.Body}, "\n"))
}

func checkAuditLogs(folder string) {
	var vectors auditLogs
	read(folder, "audit-logs.json", &vectors)
	hashes := storedHashes(vectors)
	roots := checkRoots(vectors, hashes)
	checkInclusions(vectors, hashes, roots)
	checkConsistencies(vectors, hashes, roots)
	verifier := must(note.NewVerifier(vectors.VerifierKey))
	checkCheckpoints(vectors, verifier, roots)
	checkProofs(vectors, verifier)
}

// storedHashes hashes every entry from its fields and lays the log out as the Go checksum database does.
func storedHashes(vectors auditLogs) memory {
	var hashes memory
	for index, each := range vectors.Entries {
		data := each.bytesOf(vectors.Log.OrganizationID)
		leaf := tlog.RecordHash(data)
		expect(bytes.Equal(leaf[:], fromBase64(each.LeafHash)), "leaf hash of entry %d", each.Sequence)
		hashes = append(hashes, must(tlog.StoredHashes(int64(index), data, hashes))...)
	}
	return hashes
}

func checkRoots(vectors auditLogs, hashes memory) []tlog.Hash {
	var roots []tlog.Hash
	for size, written := range vectors.Roots {
		root := must(tlog.TreeHash(int64(size), hashes))
		expect(bytes.Equal(root[:], fromBase64(written)), "root of %d entries", size)
		roots = append(roots, root)
	}
	return roots
}

func checkInclusions(vectors auditLogs, hashes memory, roots []tlog.Hash) {
	for _, each := range vectors.Inclusions {
		leaf := tlog.Hash(fromBase64(vectors.Entries[each.Sequence-1].LeafHash))
		path := hashesOf(each.Proof)
		err := tlog.CheckRecord(path, each.Size, roots[each.Size], each.Sequence-1, leaf)
		expect((err == nil) == each.Valid, "proof that %d has entry %d: %v", each.Size, each.Sequence, err)
		if each.Valid {
			own := must(tlog.ProveRecord(each.Size, each.Sequence-1, hashes))
			expect(slices.Equal(own, path), "the proof that %d has entry %d is the same", each.Size, each.Sequence)
		}
	}
}

func checkConsistencies(vectors auditLogs, hashes memory, roots []tlog.Hash) {
	for _, each := range vectors.Consistencies {
		path := hashesOf(each.Proof)
		err := tlog.CheckTree(path, each.To, roots[each.To], each.From, roots[each.From])
		expect((err == nil) == each.Valid, "proof that %d extends %d: %v", each.To, each.From, err)
		if each.Valid {
			own := must(tlog.ProveTree(each.To, each.From, hashes))
			expect(slices.Equal(own, path), "the proof that %d extends %d is the same", each.To, each.From)
		}
	}
}

func checkCheckpoints(vectors auditLogs, verifier note.Verifier, roots []tlog.Hash) {
	for _, each := range vectors.Checkpoints {
		_, err := note.Open([]byte(each.Note), note.VerifierList(verifier))
		opens := each.RefusedBy != "signature"
		expect((err == nil) == opens, "checkpoint %s opens: %v", each.Name, err)
		if each.RefusedBy != "" {
			continue
		}
		checkpoint, _, _, err := log.ParseCheckpoint([]byte(each.Note), vectors.Log.Origin, verifier)
		expect(err == nil && checkpoint.Size == each.Size, "checkpoint %s is read: %v", each.Name, err)
		expect(err == nil && bytes.Equal(checkpoint.Hash, roots[each.Size][:]), "checkpoint %s has the root", each.Name)
	}
}

func checkProofs(vectors auditLogs, verifier note.Verifier) {
	for _, each := range vectors.Proofs {
		err := checkProof([]byte(each.File), vectors.Log.Origin, verifier)
		expect((err == nil) == (each.Expected == "valid"), "proof %s: %v", each.Name, err)
	}
}

// checkProof takes the entry from the proof's extra data, as it says that an application may.
func checkProof(file []byte, origin string, verifier note.Verifier) error {
	var parsed proof.TLogProof
	if err := parsed.Unmarshal(file); err != nil {
		return err
	}
	checkpoint, _, _, err := log.ParseCheckpoint(parsed.Checkpoint, origin, verifier)
	if err != nil {
		return err
	}
	var path tlog.RecordProof
	for _, hash := range parsed.Hashes {
		path = append(path, tlog.Hash(hash))
	}
	leaf := tlog.RecordHash(parsed.ExtraData)
	return tlog.CheckRecord(path, int64(checkpoint.Size), tlog.Hash(checkpoint.Hash), int64(parsed.Index), leaf)
}

// memory reads stored hashes by their indexes.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var read []tlog.Hash
	for _, index := range indexes {
		read = append(read, m[index])
	}
	return read, nil
}

func hashesOf(texts []string) []tlog.Hash {
	var hashes []tlog.Hash
	for _, text := range texts {
		hashes = append(hashes, tlog.Hash(fromBase64(text)))
	}
	return hashes
}
