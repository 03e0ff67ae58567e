// Checks ../../vectors with libraries that nobody wrote who wrote Holdfast: signed notes and transparency logs as the Go checksum
// database uses them (golang.org/x/mod/sumdb), checkpoints and proofs of C2SP (github.com/transparency-dev/formats) and HPKE
// of the standard library.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

var failures, checks int

// expect counts one check, and prints it when it failed.
func expect(ok bool, format string, arguments ...any) {
	checks++
	if !ok {
		failures++
		fmt.Printf("FAILED  %s\n", fmt.Sprintf(format, arguments...))
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return value
}

func read(folder, name string, into any) {
	text := must(os.ReadFile(filepath.Join(folder, name)))
	if err := json.Unmarshal(text, into); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		os.Exit(2)
	}
}

func fromBase64(text string) []byte {
	return must(base64.StdEncoding.DecodeString(text))
}

func fromBase64url(text string) []byte {
	return must(base64.RawURLEncoding.DecodeString(text))
}

func main() {
	folder := "../../vectors"
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	for _, part := range []struct {
		name  string
		check func(folder string)
	}{{"audit-logs.json", checkAuditLogs}, {"sealed-values.json", checkSealedValues}} {
		before := checks
		part.check(folder)
		fmt.Printf("%s: %d checks\n", part.name, checks-before)
	}
	fmt.Printf("%d passed, %d failed\n", checks-failures, failures)
	if failures > 0 {
		os.Exit(1)
	}
}
