package house_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/cabinet"
	"roadline/cmd/roadline/house/housetest"
	"roadline/fmc"
)

// fetch asks the listener for figures and health.
func fetch(t *testing.T, port int, path string) (status int, body string) {
	t.Helper()
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
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

var metricName = regexp.MustCompile(`\b(roadline|process)_[a-z_]+`)

// named are the metrics that the files we ship speak of.
func named(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../../configs/grafana/*.json")
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	all := map[string]string{}
	for _, file := range append(files, "../../../configs/prometheus/alerts.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".json") && !json.Valid(text) {
			t.Errorf("%s is no JSON", file)
		}
		for _, name := range metricName.FindAllString(string(text), -1) {
			all[name] = filepath.Base(file)
		}
	}
	return all
}

// TestFiguresHealthAndTheEndOfARecording has one recorded call, and looks at what is told of it and what becomes of its
// sound when somebody deletes it.
func TestFiguresHealthAndTheEndOfARecording(t *testing.T) {
	t.Parallel()
	port := housetest.Ports(t)
	town := housetest.Start(t, housetest.Setup{Company: crew, Extra: fmt.Sprintf("metrics: {listen: \"127.0.0.1:%d\"}", port)})
	housetest.SIPp(t, housetest.Run{Scenario: "answer", Port: town.Carrier, Answers: 100 * time.Millisecond, Hangs: time.Minute, Echo: true})
	callers(t, town, 1, 1).Wait()
	kept := town.Records("acme", 1)[0]
	town.Await("the recording", func() bool {
		r, err := town.House.Store().For("acme").Call(t.Context(), kept.ID)
		kept = r
		return err == nil && r.Recording.Kept != nil
	})

	town.House.SweepRecordings()
	var figures string
	town.Await("the figures of the sweep", func() bool {
		_, figures = fetch(t, port, "/metrics")
		return strings.Contains(figures, "roadline_storage_bytes{")
	})
	for _, line := range []string{
		`roadline_calls_total{direction="inbound",result="answered"} 1`, `roadline_calls_active{direction="inbound"} 0`, `roadline_recordings_total{result="whole"} 1`,
		`roadline_trunk_up{trunk="carrier-a"} 1`, `roadline_journal_healthy 1`, `roadline_database_up 1`, `roadline_call_talk_seconds_count 1`,
	} {
		if !strings.Contains(figures, line+"\n") {
			t.Errorf("no %q in the figures", line)
		}
	}
	for name, file := range named(t) {
		there := strings.Contains(figures, "\n"+name+" ") || strings.Contains(figures, "\n"+name+"{") || strings.Contains(figures, "# TYPE "+name+" ")
		if !there && !onlyWithCards[name] {
			t.Errorf("%s names %s, which there is not", file, name)
		}
	}
	for _, secret := range []string{"79120000001", "74951234567", "ivanov"} {
		if strings.Contains(figures, secret) {
			t.Errorf("the figures tell of %s", secret)
		}
	}

	if status, body := fetch(t, port, "/livez"); status != http.StatusOK || body != "alive\n" {
		t.Errorf("livez: %d %q", status, body)
	}
	if status, body := fetch(t, port, "/readyz"); status != http.StatusOK || body != "ready\n" {
		t.Errorf("readyz: %d %q", status, body)
	}
	var health cabinet.Health
	if _, body := fetch(t, port, "/healthz?verbose"); json.Unmarshal([]byte(body), &health) != nil || !health.Ready || len(health.Parts) < 6 {
		t.Errorf("healthz: %s", body)
	}

	file := filepath.Join(town.Machine.Recording.Spool, kept.Recording.Kept.File)
	tenant := town.House.Store().For("acme")
	if err := tenant.DeleteRecording(t.Context(), kept.ID, "ivanov", "the client asked for it"); err != nil {
		t.Fatal(err)
	}
	town.House.SweepRecordings()
	town.Await("the removal", func() bool {
		r, err := tenant.Recording(t.Context(), kept.ID)
		return err == nil && r.Removed != nil
	})
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), string(kept.ID)) }) {
		t.Errorf("%v %v", left, err)
	}
	if r, err := tenant.Call(t.Context(), kept.ID); err != nil || r.Status != fmc.StatusAnswered {
		t.Errorf("the record of the call: %v", err)
	}
}

// onlyWithCards are told where there are modems and cards alone.
var onlyWithCards = map[string]bool{
	"roadline_modem_state": true, "roadline_modem_signal_dbm": true, "roadline_sim_balance": true, "roadline_sim_minutes_left": true, "roadline_storage_quota_bytes": true,
}
