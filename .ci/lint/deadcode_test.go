package main

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestFunctionsThatNothingReachesAreReported runs .ci/deadcode over a module with one of each kind.
func TestFunctionsThatNothingReachesAreReported(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "deadcode")
	if out, err := exec.Command("go", "build", "-o", tool, "golang.org/x/tools/cmd/deadcode").CombinedOutput(); err != nil {
		t.Fatalf("build the tool: %v\n%s", err, out)
	}
	script, err := filepath.Abs("../deadcode")
	if err != nil {
		t.Fatal(err)
	}
	check := exec.Command(script, tool)
	check.Dir = "testdata/dead"
	out, err := check.CombinedOutput()
	if err == nil {
		t.Error("the check passed")
	}
	const want = "part/part.go:8:6: unreachable func: Dead\npart/part.go:18:6: unreachable func: Unexplained\n"
	if string(out) != want {
		t.Errorf("said:\n%swant:\n%s", out, want)
	}
}
