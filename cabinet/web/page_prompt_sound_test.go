package web_test

import (
	"bytes"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/fmc"
	"roadline/store"
)

// sendSound posts a file as the form of a prompt does.
func sendSound(t *testing.T, c *webtest.Cabinet, v *webtest.Visitor, prompt, name, wav string, more ...string) (int, string) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for field, value := range map[string]string{"prompt": prompt, "music": strings.Join(more, "")} {
		if err := form.WriteField(field, value); err != nil {
			t.Fatal(err)
		}
	}
	if name != "" {
		file, err := form.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(wav)); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL+"/company/prompts/+new/upload", &body)
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(r.Header, v.Header)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestAnAdministratorUploadsHearsReplacesAndRemovesASound(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	if status, text := sendSound(t, c, admin, "welcome", "hello & co.wav", "RIFF..."); status != http.StatusOK || !strings.Contains(text, "Ада Минина uploaded it") || !strings.Contains(text, "hello &amp; co.wav") {
		t.Fatalf("%d %s", status, text)
	}
	sendSound(t, c, admin, "jazz", "jazz.wav", "RIFF...", "yes")
	_, text := admin.Get("/company/prompts")
	for _, want := range []string{`href="/company/prompts/welcome/sound"`, `href="/company/prompts/jazz/sound"`, "uploaded"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %s", want, text)
		}
	}
	if _, text := admin.Get("/company/prompts/jazz/sound"); !strings.Contains(text, `name="music" value="yes" checked`) || !strings.Contains(text, `src="/company/prompts/jazz/audio"`) {
		t.Errorf("%s", text)
	}
	if status, sound := admin.Get("/company/prompts/welcome/audio"); status != http.StatusOK || !strings.HasPrefix(sound, "RIFF") {
		t.Errorf("%d %.20q", status, sound)
	}
	sendSound(t, c, admin, "welcome", "again.wav", "RIFF again")
	if status, _ := admin.Post("/company/prompts/welcome/sound/remove", nil); status != http.StatusOK {
		t.Errorf("removed: %d", status)
	}
	if status, _ := admin.Post("/company/prompts/welcome/sound/remove", nil); status != http.StatusNotFound {
		t.Errorf("removed twice: %d", status)
	}
	entries, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{Of: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	var did []string
	for _, e := range entries {
		did = append(did, e.What+" "+e.Object)
	}
	if got := strings.Join(did, ", "); got != "prompts.remove welcome, prompts.upload welcome, prompts.upload jazz, prompts.upload welcome" {
		t.Errorf("%s", got)
	}
}

func TestASoundThatCannotBeTakenIsRefusedInWords(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	for _, row := range []struct{ prompt, name, wav, words string }{
		{"welcome", "song.mp3", "ID3", "save it as WAV, PCM 16 bit"},
		{"welcome", "", "", "choose a WAV file"},
		{"Hello there", "a.wav", "RIFF", "lower-case Latin letters"},
		{"recorded/201/1", "a.wav", "RIFF", "lower-case Latin letters"},
		{"", "a.wav", "RIFF", "lower-case Latin letters"},
	} {
		if status, text := sendSound(t, c, admin, row.prompt, row.name, row.wav); status != http.StatusUnprocessableEntity || !strings.Contains(text, row.words) || !strings.Contains(text, `role="alert"`) {
			t.Errorf("%q %q: %d %.3000s", row.prompt, row.name, status, text)
		}
	}
	if status, _ := sendSound(t, c, admin, "welcome", "a.wav", "RIFF"+strings.Repeat("x", 9<<20)); status != http.StatusRequestEntityTooLarge && status != http.StatusBadRequest {
		t.Errorf("nine megabytes: %d", status)
	}
	for _, person := range []string{"anna", "boris", "maria", "gleb", "olga"} {
		if status, _ := sendSound(t, c, c.Visitor(person), "welcome", "a.wav", "RIFF"); status != http.StatusForbidden {
			t.Errorf("%s uploads: %d", person, status)
		}
		if status, _ := c.Visitor(person).Get("/company/prompts/welcome/audio"); status != http.StatusForbidden {
			t.Errorf("%s listens: %d", person, status)
		}
	}
	if all, err := c.Store.For("acme").PromptSounds(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestASoundInALanguageThatNobodyHearsIsNotShownAsHeard(t *testing.T) {
	c := webtest.Open(t)
	admin, keep := c.Visitor("admin"), c.Store.For("acme")
	sendSound(t, c, admin, "welcome", "mine.wav", "RIFF...")
	all, err := keep.PromptSounds(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	other := map[string]string{"en": "ru", "ru": "en"}[all[0].Language]
	for _, prompt := range []fmc.PromptID{"welcome", "elsewhere"} {
		if _, err := keep.KeepPromptSound(t.Context(), store.PromptSound{Prompt: prompt, Language: other, File: "other.wav"}, []byte("RIFF...")); err != nil {
			t.Fatal(err)
		}
	}
	if _, text := admin.Get("/company/prompts/welcome/sound"); !strings.Contains(text, "mine.wav") || strings.Contains(text, "other.wav") {
		t.Errorf("%s", text)
	}
	if _, text := admin.Get("/company/prompts"); !strings.Contains(text, "/welcome/sound") || strings.Contains(text, "elsewhere") {
		t.Errorf("%s", text)
	}
}

func TestAFileThatIsSentIsLeftNowhereOnTheDisk(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	c := webtest.Open(t)
	if status, text := sendSound(t, c, c.Visitor("admin"), "welcome", "long.wav", "RIFF"+strings.Repeat("x", 3<<20)); status != http.StatusOK {
		t.Fatalf("%d %.300s", status, text)
	}
	left, err := filepath.Glob(filepath.Join(folder, "multipart-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestAPromptMayBeNamedLikeWhatIsDoneWithPrompts(t *testing.T) {
	c := webtest.Open(t)
	admin := c.Visitor("admin")
	for _, id := range []string{"new", "sound", "text", "upload"} {
		if status, _ := admin.Post("/company/prompts/+new/text", url.Values{"id": {id}, "words": {"Words of " + id + "."}}); status != http.StatusOK {
			t.Fatalf("%s: %d", id, status)
		}
		if status, text := admin.Get("/company/prompts/" + id); status != http.StatusOK || !strings.Contains(text, "Words of "+id+".") {
			t.Errorf("%s: %d", id, status)
		}
		sendSound(t, c, admin, id, id+".wav", "RIFF...")
		if status, text := admin.Get("/company/prompts/" + id + "/sound"); status != http.StatusOK || !strings.Contains(text, id+".wav") {
			t.Errorf("%s: %d", id, status)
		}
	}
}
