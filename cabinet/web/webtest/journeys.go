package webtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Act is something that a journey has happen on the server's side: a call begins, a line is lost. args is what the
// journey sent; what is returned is told to it as JSON.
type Act func(args json.RawMessage) (any, error)

// On names an act for journeys. Call it before Journeys.
func (c *Cabinet) On(name string, act Act) { c.acts[name] = act }

// Journeys walks through the cabinet in one real browser: every journeys/*.journey.mjs beside the test, or those that
// the environment variable JOURNEYS names (a part of a file's name). What a page looked like is kept in .cache/shots.
func (c *Cabinet) Journeys() {
	c.T.Helper()
	for _, need := range []string{"node", "chromium"} {
		if _, err := exec.LookPath(need); err != nil {
			c.T.Skipf("%s is not installed: run make setup", need)
		}
	}
	if _, err := os.Stat("dist/manifest.json"); err != nil {
		c.T.Skip("scripts and styles are not built: run make web")
	}
	files, err := filepath.Glob("journeys/*" + os.Getenv("JOURNEYS") + "*.journey.mjs")
	if err != nil || len(files) == 0 {
		c.T.Fatalf("no journeys: %v", err)
	}
	stage := httptest.NewServer(http.HandlerFunc(c.act))
	defer stage.Close()
	node := exec.CommandContext(c.T.Context(), "node", append([]string{"--test-reporter=spec", "journeys/all.mjs"}, files...)...)
	node.Env = append(os.Environ(), "CABINET="+c.URL, "STAGE="+stage.URL, "SHOTS="+cmp.Or(os.Getenv("SHOTS"), filepath.Join("..", "..", ".cache", "shots")))
	var said bytes.Buffer
	node.Stdout, node.Stderr = &said, &said
	if err := node.Run(); err != nil {
		c.T.Errorf("%v\n%s\nthe site said:\n%s", err, &said, c.Log)
	}
	c.T.Log(said.String())
}

// act does what a journey asks for.
func (c *Cabinet) act(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	args, err := io.ReadAll(r.Body)
	var told any
	if act := c.acts[name]; act == nil && err == nil {
		err = fmt.Errorf("no act %q", name)
	} else if err == nil {
		told, err = act(args)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(told)
}
