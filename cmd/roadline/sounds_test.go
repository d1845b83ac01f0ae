package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"roadline/cabinet"
)

// quiet is a WAV file of a second of a steady level, at 8000 Hz.
func quiet() []byte {
	head := []byte("RIFF\xa4\x3e\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\x80\x3e\x00\x00")
	for i := range 8000 {
		head = append(head, 0, byte(16-32*(i/20%2))) // a square wave of 200 Hz
	}
	return head
}

func TestACompanysSoundsGoWithItsDocument(t *testing.T) {
	n := newNode(t)
	n.apply("acme.yaml", acmeFile)
	wav := n.write("x.wav", string(quiet()))
	n.must("prompt", "upload", "welcome", wav)
	n.must("prompt", "upload", "welcome", wav, "--language", "ru")
	n.must("prompt", "upload", "jazz", wav, "--music")
	dir, file := filepath.Join(t.TempDir(), "sounds"), filepath.Join(t.TempDir(), "acme.yaml")
	n.must("export", "acme", "-w", file, "--sounds", dir)
	var names []string
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if want := []string{"jazz.en.music.wav", "welcome.en.wav", "welcome.ru.wav"}; err != nil || !slices.Equal(names, want) {
		t.Fatalf("%v %v, want %v", names, err, want)
	}
	for _, args := range [][]string{{"jazz"}, {"welcome"}, {"welcome", "--language", "ru"}} {
		n.must(append([]string{"prompt", "remove"}, args...)...)
	}
	if s := n.run("apply", file, "--dry-run", "--sounds", dir); s.code != exitOK || strings.Contains(s.out, "is heard") {
		t.Error(s)
	}
	if s := n.run("apply", file, "--reason", "back", "--sounds", dir); s.code != exitOK || strings.Count(s.out, "is heard from the next call") != 3 {
		t.Fatal(s)
	}
	var all []cabinet.PromptShown
	if err := json.Unmarshal([]byte(n.must("prompt", "list", "-o", "json")), &all); err != nil {
		t.Fatal(err)
	}
	back := []string{}
	for _, x := range all {
		if x.Source == cabinet.PromptUploaded {
			back = append(back, soundName(x))
		}
	}
	slices.Sort(back)
	if !slices.Equal(back, names) {
		t.Errorf("%v came back, want %v", back, names)
	}
}

func TestASoundThatNamesNoPromptIsRefusedBeforeAnythingIsApplied(t *testing.T) {
	n := newNode(t)
	for _, name := range []string{"welcome.wav", ".en.wav", "welcome.de.wav", "welcome.music.wav"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), quiet(), 0o600); err != nil {
			t.Fatal(err)
		}
		if s := n.apply("acme.yaml", acmeFile, "--sounds", dir); s.code != exitUsage || !strings.Contains(s.err, "name it PROMPT.LANGUAGE.wav") {
			t.Errorf("%s: %s", name, s)
		}
	}
	if s := n.apply("acme.yaml", acmeFile, "--sounds", filepath.Join(t.TempDir(), "nowhere")); s.code != exitUsage {
		t.Error(s)
	}
	if s := n.run("export", "acme"); s.code != exitFailed {
		t.Errorf("something was applied: %s", s)
	}
}
