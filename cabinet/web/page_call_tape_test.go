package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"roadline/cabinet/web/webtest"
	"roadline/store"
)

func TestARecordingIsHeldReleasedAndDeletedWithAReason(t *testing.T) {
	c := webtest.Open(t)
	id := c.Recorded(webtest.Now.Add(-time.Hour), "+79120000001")
	path, boris := "/calls/"+string(id), c.Visitor("boris")
	for _, step := range []struct {
		change, why string
		want        []string
	}{
		{"hold", "", []string{"Write the reason"}},
		{"hold", "иск <b>клиента</b>", []string{"held: nobody may delete it", "иск &lt;b&gt;клиента&lt;/b&gt;", "<roadline-player"}},
		{"delete", "просьба клиента", []string{"That came too late"}},
		{"release", "иск отозван", []string{"rules of the company"}},
		{"delete", "просьба клиента", []string{"the recording was deleted", "Борис Орлов", "просьба клиента"}},
		{"hold", "поздно", []string{"That came too late"}},
	} {
		status, text := boris.Post(path+"/recording/"+step.change, url.Values{"why": {step.why}})
		if status != http.StatusOK || !says(text, step.want...) {
			t.Fatalf("%s %q: %d %s", step.change, step.why, status, text)
		}
	}
	status, text := c.Visitor("anna").Get(path)
	if status != http.StatusOK || !says(text, "the recording was deleted", "просьба клиента") || says(text, "<roadline-player") || says(text, "/recording/") {
		t.Errorf("who talked sees what became of it, and no player: %d %s", status, text)
	}
	all, err := c.Store.For("acme").AuditEntries(t.Context(), store.AuditFilter{Object: string(id)})
	done := ""
	for _, e := range all {
		done += e.What + " "
	}
	if err != nil || done != "recordings.delete recordings.release recordings.hold " {
		t.Errorf("%q %v", done, err)
	}
}

func TestOnlyWhoMaySettlesARecording(t *testing.T) {
	c := webtest.Open(t)
	id := c.Recorded(webtest.Now.Add(-time.Hour), "+79120000001")
	for who, want := range map[string]int{"anna": 403, "ivan": 403, "olga": 403, "admin": 403, "orlov": 404} {
		v := c.Visitor(who)
		for _, change := range []string{"hold", "release", "delete"} {
			if status, text := v.Post("/calls/"+string(id)+"/recording/"+change, url.Values{"why": {"x"}}); status != want || strings.Contains(text, "Борис") {
				t.Errorf("%s may %s: %d", who, change, status)
			}
		}
	}
	if r, err := c.Store.For("acme").Recording(t.Context(), id); err != nil || r.Gone != nil || r.Held != nil {
		t.Errorf("%+v %v", r, err)
	}
}
