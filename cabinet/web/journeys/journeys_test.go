// Package journeys_test walks through the cabinet in a real browser: each *.journey.mjs is what people of one kind do there.
// They stand on stage.mjs; what they have happen on the server's side is in act_test.go.
package journeys_test

import (
	"bytes"
	"cmp"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// One browser walks all journeys, told apart in the output, or those that the environment variable JOURNEYS names (a part of
// a file's name). What a page looked like is kept in .cache/shots.
func TestJourneysInARealBrowser(t *testing.T) {
	for _, need := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("%s is not installed: run make setup", need)
		}
	}
	if _, err := os.Stat("../dist/manifest.json"); err != nil {
		t.Skip("scripts and styles are not built: run make web")
	}
	files, err := filepath.Glob("*" + os.Getenv("JOURNEYS") + "*.journey.mjs")
	if err != nil || len(files) == 0 {
		t.Fatalf("no journeys: %v", err)
	}
	c := webtest.Open(t)
	c.SeedFleet()
	c.Drain(webtest.TalkedDaily(webtest.ReadyCard, 10, 20)...)
	s := stage{c}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	defer server.Close()
	node := exec.CommandContext(t.Context(), "node", append([]string{"--test-reporter=spec", "all.mjs"}, files...)...)
	node.Env = append(os.Environ(), "CABINET="+c.URL, "STAGE="+server.URL, "SHOTS="+cmp.Or(os.Getenv("SHOTS"), filepath.Join("..", "..", "..", ".cache", "shots")))
	var said bytes.Buffer
	node.Stdout, node.Stderr = &said, &said
	if err := node.Run(); err != nil {
		t.Errorf("%v\n%s\nthe site said:\n%s", err, &said, c.Log)
	}
	t.Log(said.String())
}
