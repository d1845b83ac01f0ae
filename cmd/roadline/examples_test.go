package main

import (
	"os"
	"path/filepath"
	"testing"

	"roadline/configs"
)

// TestTheExamplesPassTheirOwnTests: who copies one begins with a company that does what it says.
func TestTheExamplesPassTheirOwnTests(t *testing.T) {
	files, err := filepath.Glob("../../configs/examples/*.yaml")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !configs.IsCompany(text) {
			continue
		}
		if s := runWith(t, "", "test", file); s.code != exitOK {
			t.Errorf("%s: %s", file, s)
		}
	}
}
