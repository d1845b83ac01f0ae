package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestSeededViolationsAreFoundAndNothingElse runs the tool as the Makefile does, over a module in which every line that
// must be reported says so: "// want <analyzer>" on the line, "// want+1 <analyzer>" on the line above.
func TestSeededViolationsAreFoundAndNothingElse(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "lint")
	if out, err := exec.Command("go", "build", "-o", tool, ".").CombinedOutput(); err != nil {
		t.Fatalf("build the tool: %v\n%s", err, out)
	}
	seeded, err := filepath.Abs("testdata/seeded")
	if err != nil {
		t.Fatal(err)
	}
	vet := exec.Command("go", "vet", "-json", "-vettool="+tool, "./...")
	vet.Dir = seeded
	vet.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := vet.Output()
	if err != nil {
		t.Fatalf("go vet: %v\n%s", err, vet.Stderr)
	}

	want, got := wanted(t, seeded), found(t, seeded, string(out))
	for _, line := range slices.Sorted(maps.Keys(want)) {
		if _, ok := got[line]; !ok {
			t.Errorf("not found: %s", line)
		}
	}
	for _, line := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[line]; !ok {
			t.Errorf("found and not seeded: %s: %s", line, got[line])
		}
	}
	for _, a := range append(analyzers(), directiveAnalyzer(nil)) {
		if ours := !staticcheckName.MatchString(a.Name); ours && !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(line string) bool {
			return strings.HasSuffix(line, " "+a.Name)
		}) {
			t.Errorf("nothing is seeded for %s", a.Name)
		}
	}
}

// staticcheckName is how staticcheck calls its analyzers: there are over a hundred, and they have tests of their own.
var staticcheckName = regexp.MustCompile(`^(SA|S|ST)\d{4}$`)

var wantComment = regexp.MustCompile(`// want(\+1)? (.+)$`)

// wanted are the seeded findings, each as "file:line analyzer".
func wanted(t *testing.T, root string) map[string]string {
	lines := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		for i, line := range strings.Split(string(text), "\n") {
			m := wantComment.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			at := i + 1 + len(m[1])/2
			for _, analyzer := range strings.Fields(m[2]) {
				lines[fmt.Sprintf("%s:%d %s", name, at, analyzer)] = ""
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// found are the findings of a go vet -json, in the form of wanted, with their messages.
func found(t *testing.T, root, out string) map[string]string {
	lines := map[string]string{}
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var packages map[string]map[string][]struct{ Posn, Message string }
		if err := dec.Decode(&packages); errors.Is(err, io.EOF) {
			return lines
		} else if err != nil {
			t.Fatalf("go vet -json: %v\n%s", err, out)
		}
		for _, analyzers := range packages {
			for analyzer, list := range analyzers {
				for _, d := range list {
					at := strings.Split(strings.TrimPrefix(d.Posn, root+"/"), ":")
					lines[fmt.Sprintf("%s:%s %s", at[0], at[1], analyzer)] = d.Message
				}
			}
		}
	}
}
