package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
	"roadline/store/storetest"
)

func TestASoundIsKeptReplacedAndRemovedWithItsHistoryInTheAudit(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	acme := s.For("acme")
	keep := func(file, sound string) store.PromptSound {
		t.Helper()
		ctx := store.Audited(t.Context(), &store.AuditEntry{Who: "ada", What: "prompts.upload", Object: "welcome"})
		kept, err := acme.KeepPromptSound(ctx, store.PromptSound{
			Prompt: "welcome", Language: "en", Author: "ada", File: file, Music: file == "b.wav", Length: 1500 * time.Millisecond,
		}, []byte(sound))
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	first := keep("a.wav", "first")
	second := keep("b.wav", "second sound")
	if !second.At.After(first.At) || second.At.Truncate(time.Millisecond) != second.At.Round(0) {
		t.Errorf("%v, then %v: copies on nodes are told apart by the millisecond", first.At, second.At)
	}
	all, err := acme.PromptSounds(t.Context())
	if err != nil || len(all) != 1 || all[0].File != "b.wav" || !all[0].Music || all[0].Length != 1500*time.Millisecond || all[0].Bytes != 12 || !all[0].At.Equal(second.At) {
		t.Fatalf("%+v, %v", all, err)
	}
	if wav, err := acme.PromptSound(t.Context(), "welcome", "en"); err != nil || string(wav) != "second sound" {
		t.Errorf("%q, %v", wav, err)
	}
	if _, err := acme.PromptSound(t.Context(), "welcome", "ru"); !errors.Is(err, cause.NotFound) {
		t.Errorf("in another language: %v", err)
	}
	if everybody, err := s.Operator().PromptSounds(t.Context()); err != nil || len(everybody["acme"]) != 1 || everybody["acme"][0].Bytes != 12 {
		t.Errorf("%+v, %v", everybody, err)
	}
	ctx := store.Audited(t.Context(), &store.AuditEntry{Who: "ada", What: "prompts.remove", Object: "welcome"})
	if err := acme.RemovePromptSound(ctx, "welcome", "en"); err != nil {
		t.Fatal(err)
	}
	if err := acme.RemovePromptSound(t.Context(), "welcome", "en"); !errors.Is(err, cause.NotFound) {
		t.Errorf("removed twice: %v", err)
	}
	entries, err := acme.AuditEntries(t.Context(), store.AuditFilter{Of: "ada"})
	if err != nil || len(entries) != 3 {
		t.Fatalf("%+v, %v", entries, err)
	}
	for i, want := range []string{"b.wav ", "a.wav b.wav", " a.wav"} { // newest first: before and after
		before, after, _ := strings.Cut(want, " ")
		if was, is := fmt.Sprintf("%s", entries[i].Before), fmt.Sprintf("%s", entries[i].After); !strings.Contains(was, before) || !strings.Contains(is, after) || before != "" && !strings.Contains(was, "sha256") {
			t.Errorf("%d: %s became %s", i, was, is)
		}
	}
}

func TestOfUploadedSoundsThereIsAnEnd(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	acme := s.For("acme")
	keep := func(n int) error {
		_, err := acme.KeepPromptSound(t.Context(), store.PromptSound{Prompt: fmc.PromptID(fmt.Sprint("p", n)), Language: "en"}, []byte("x"))
		return err
	}
	for n := range 200 {
		if err := keep(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := keep(200); !errors.Is(err, cause.NoRoom) {
		t.Errorf("one more: %v", err)
	}
	if err := keep(7); err != nil {
		t.Errorf("one is replaced: %v", err)
	}
	if err := acme.RemovePromptSound(t.Context(), "p3", "en"); err != nil {
		t.Fatal(err)
	}
	if err := keep(200); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}

func TestUploadedSoundsFindRoomForTheirBytesOneAfterTheOther(t *testing.T) {
	s := storetest.Open(t)
	apply(t, s, company("acme"), 0)
	acme := s.For("acme")
	keep := func(name string, megabytes int) error {
		_, err := acme.KeepPromptSound(t.Context(), store.PromptSound{Prompt: fmc.PromptID(name), Language: "en"}, make([]byte, megabytes<<20))
		return err
	}
	if err := keep("long", 40); err != nil {
		t.Fatal(err)
	}
	if err := keep("more", 25); !errors.Is(err, cause.NoRoom) {
		t.Errorf("beyond 64 MB: %v", err)
	}
	if err := keep("long", 58); err != nil {
		t.Errorf("in its own place: %v", err)
	}
	kept := make(chan error)
	for n := range 8 {
		go func() { kept <- keep(fmt.Sprint("p", n), 2) }()
	}
	fitted := 0
	for range 8 {
		if err := <-kept; err == nil {
			fitted++
		} else if !errors.Is(err, cause.NoRoom) {
			t.Error(err)
		}
	}
	if fitted != 3 {
		t.Errorf("%d of 2 MB found room at once in 6 MB", fitted)
	}
}
