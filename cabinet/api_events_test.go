package cabinet_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestAProgramHearsEventsByItsToken reads the stream through a real server, from a number that it has heard up to.
func TestAProgramHearsEventsByItsToken(t *testing.T) {
	x := newOffice(t)
	server := httptest.NewServer(x.public)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/api/v1/events?types=call.*", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+x.tokens["boris"])
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Last-Event-ID", "0")
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("%d %s", answer.StatusCode, kind)
	}
	var heard []string
	for lines := bufio.NewScanner(answer.Body); !slices.Contains(heard, "call.ended") && lines.Scan(); {
		if name, is := strings.CutPrefix(lines.Text(), "event: "); is {
			heard = append(heard, name)
		}
	}
	if len(heard) == 0 || heard[0] != "call.started" {
		t.Errorf("heard %v", heard)
	}
	if p := x.problem("boris", http.MethodGet, request{path: "/events?types=nonsense", headers: []string{"Accept", "text/event-stream"}}); p.Status != http.StatusBadRequest {
		t.Errorf("%+v", p)
	}
}
