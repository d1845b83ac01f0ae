package cabinet_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// jukebox is the sounds of a node: it takes whatever begins as a WAV file does, and plays what was taken of a company.
type jukebox struct {
	taken []fmc.CompanyID
	fails error
}

func (j *jukebox) Make(wav []byte, music bool) (kept []byte, length time.Duration, err error) {
	if !bytes.HasPrefix(wav, []byte("RIFF")) {
		return nil, 0, cause.Errorf(cause.Invalid, "the file is no WAV file: save it as WAV, PCM 16 bit")
	}
	if music {
		return []byte("music"), 2 * time.Second, nil
	}
	return []byte("speech"), time.Second, nil
}

func (j *jukebox) Take(_ context.Context, company fmc.CompanyID) error {
	j.taken = append(j.taken, company)
	return j.fails
}

func (j *jukebox) Play(company fmc.CompanyID, id fmc.PromptID) ([]byte, error) {
	if company != "acme" || id == "unknown" {
		return nil, cause.Errorf(cause.NotFound, "callers can hear no prompt %q", id)
	}
	return []byte("RIFF " + string(id)), nil
}

const promptsFile = acmeFile + "prompts: {closed: We are closed.}\n"

func TestASoundIsUploadedHeardAndRemovedByTheMachine(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", promptsFile, 0)
	put := func(path, body string) (int, string) {
		t.Helper()
		return d.ask(http.MethodPut, "/v1/companies/acme/prompts/"+path, body)
	}
	if status, text := put("closed/sound?music=true&file=closed.wav", "RIFF..."); status != http.StatusOK || !strings.Contains(text, `"by":"machine"`) {
		t.Fatalf("%d %s", status, text)
	}
	listed := func() map[fmc.PromptID]cabinet.PromptShown {
		t.Helper()
		shown := map[fmc.PromptID]cabinet.PromptShown{}
		for _, p := range read[[]cabinet.PromptShown](d, http.MethodGet, "prompts", nil) {
			shown[p.Prompt] = p
		}
		return shown
	}
	shown := listed()
	if p := shown["closed"]; p.Source != cabinet.PromptUploaded || p.File != "closed.wav" || !p.Music || p.Length != 2 || p.Words != "We are closed." || p.Language != "en" {
		t.Errorf("%+v", p)
	}
	if p := shown["welcome"]; p.Source != cabinet.PromptHouse {
		t.Errorf("%+v", p)
	}
	if status, text := d.ask(http.MethodGet, "/v1/companies/acme/prompts/recorded%2F201%2F1/sound", nil); status != http.StatusOK || text != "RIFF recorded/201/1" {
		t.Errorf("%d %q", status, text)
	}
	if gone := read[cabinet.PromptShown](d, http.MethodDelete, "prompts/closed/sound", nil); gone.Source != cabinet.PromptOwnText || gone.Words != "We are closed." {
		t.Errorf("%+v", gone)
	}
	if len(d.sounds.taken) != 2 || d.sounds.taken[0] != "acme" {
		t.Errorf("calls hear the sounds of %v", d.sounds.taken)
	}
	if p := listed()["closed"]; p.Source != cabinet.PromptOwnText || p.Words != "We are closed." {
		t.Errorf("%+v", p)
	}
	for path, want := range map[string]struct {
		body   string
		status int
		words  string
	}{
		"closed/sound":                     {"ID3", http.StatusBadRequest, "save it as WAV"},
		"UPPER/sound":                      {"RIFF", http.StatusBadRequest, "lower-case Latin letters"},
		"recorded%2F201%2F1/sound":         {"RIFF", http.StatusBadRequest, "lower-case Latin letters"},
		"closed/sound?language=th":         {"RIFF", http.StatusBadRequest, "write en or ru"},
		"closed/sound?music=perhaps":       {"RIFF", http.StatusBadRequest, "write true or false"},
		"closed/sound?loud=true":           {"RIFF", http.StatusBadRequest, "known here: language, music, file"},
		"welcome/sound":                    {"", http.StatusBadRequest, "there is no file"},
		"menu/sound?language=ru":           {"RIFF" + strings.Repeat("x", 8<<20), http.StatusBadRequest, "larger than 8388608 bytes"},
		strings.Repeat("a", 65) + "/sound": {"RIFF", http.StatusBadRequest, "write a name"},
	} {
		if status, text := put(path, want.body); status != want.status || !strings.Contains(text, want.words) {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if p := d.problem(http.MethodDelete, "/v1/companies/acme/prompts/closed/sound", nil); p.Status != http.StatusNotFound {
		t.Errorf("%+v", p)
	}
}

func TestWhoRemovesASoundIsToldWhatCallersHearThen(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", promptsFile, 0)
	for _, sound := range []string{"welcome/sound?language=ru", "welcome/sound", "jazz/sound?music=true"} {
		if status, text := d.ask(http.MethodPut, "/v1/companies/acme/prompts/"+sound, "RIFF"); status != http.StatusOK {
			t.Fatalf("%s: %d %s", sound, status, text)
		}
	}
	for _, row := range []struct {
		sound string
		want  cabinet.PromptSource
	}{
		{"welcome/sound?language=ru", cabinet.PromptUploaded}, // the one that callers hear is there still
		{"welcome/sound", cabinet.PromptHouse},
		{"jazz/sound", ""},
	} {
		left := read[cabinet.PromptShown](d, http.MethodDelete, "prompts/"+row.sound, nil)
		if left.Source != row.want || !strings.HasPrefix(row.sound, string(left.Prompt)+"/") {
			t.Errorf("%s: %+v", row.sound, left)
		}
	}
}

func TestASoundThatTheNodeCannotTakeNowIsKeptAllTheSame(t *testing.T) {
	d := newDesk(t)
	d.apply("acme", promptsFile, 0)
	d.sounds.fails = cause.Errorf(cause.Unavailable, "no room on the disk")
	if status, text := d.ask(http.MethodPut, "/v1/companies/acme/prompts/closed/sound", "RIFF"); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
	if all, err := d.store.For("acme").PromptSounds(t.Context()); err != nil || len(all) != 1 || !strings.Contains(d.log.String(), "sounds not taken yet") {
		t.Errorf("%+v, %v", all, err)
	}
}
