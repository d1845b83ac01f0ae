package safefile_test

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"roadline/store/safefile"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAFileIsThereWholeOrAsItWas(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "book.json")
	for _, text := range []string{"long, and the first", "second"} {
		if err := safefile.Write(file, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("there is %q, %v", got, err)
		}
	}
	if is, err := os.Stat(file); err != nil || is.Mode() != 0o600 {
		t.Errorf("others may read it: %v, %v", is.Mode(), err)
	}
	if err := safefile.Write(folder, []byte("in the place of a folder")); err == nil {
		t.Error("a folder was replaced")
	}
	for _, where := range []string{folder, filepath.Dir(folder)} {
		left, err := os.ReadDir(where)
		if err != nil || len(left) != 1 {
			t.Errorf("in %s are %v, %v", where, left, err)
		}
	}
}
