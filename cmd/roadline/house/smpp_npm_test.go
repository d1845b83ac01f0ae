package house_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"roadline/cmd/roadline/house/housetest"
)

// tells has a program of npm smpp do something.
func (p *peer) tells(t *testing.T, what map[string]any) {
	t.Helper()
	line, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(p.in, "%s\n", line); err != nil {
		t.Fatal(err)
	}
}

// TestAProgramOfNPMSendsAndIsToldOfEverything has npm smpp at both ends: as the company's program, and as the centre.
func TestAProgramOfNPMSendsAndIsToldOfEverything(t *testing.T) {
	t.Parallel()
	at := housetest.Ports(t)
	centre := npmPeer(t, "centre.cjs", fmt.Sprint(at))
	centre.says(t, "ready")
	_, port, s, password := smppTown(t, at, "transceiver")
	centre.says(t, "bound")
	if b := npmPeer(t, "program.cjs", fmt.Sprint(port), s.SystemID, "guess").says(t, "bound"); b.Status != 0x0e {
		t.Errorf("a wrong password was answered with %#x", b.Status)
	}
	program := npmPeer(t, "program.cjs", fmt.Sprint(port), s.SystemID, password)
	if b := program.says(t, "bound"); b.Status != 0 || b.Text != "roadline" {
		t.Fatalf("its bind was answered with %+v", b)
	}
	for _, m := range []struct {
		text   string
		coding int
	}{{"Hello @ {world}", 0}, {"Привет 👋", 8}} {
		program.tells(t, map[string]any{
			"command": "submit_sm", "source_addr": "74951234500", "source_addr_ton": 1, "destination_addr": "79161234567", "dest_addr_ton": 1,
			"registered_delivery": 1, "data_coding": m.coding, "short_message": m.text,
		})
		answer := program.says(t, "answered")
		if got := centre.says(t, "submitted"); got.Text != m.text || answer.Status != 0 || answer.ID == "" {
			t.Errorf("%q was answered with %+v, and reached the centre as %+v", m.text, answer, got)
		}
		if r := program.says(t, "receipt"); r.ID != answer.ID || r.State != 2 || !strings.Contains(r.Text, "stat:DELIVRD") {
			t.Errorf("its receipt is %+v", r)
		}
	}
	program.tells(t, map[string]any{"command": "submit_sm", "source_addr": "OTHER", "source_addr_ton": 5, "destination_addr": "79161234567", "short_message": "x"})
	if a := program.says(t, "answered"); a.Status != 0x0a {
		t.Errorf("a sender that is not its own was answered with %#x", a.Status)
	}
	for _, command := range []string{"query_sm", "data_sm"} { // npm takes an answer by the command that it is of
		program.tells(t, map[string]any{"command": command, "message_id": "1", "source_addr": "74951234500", "destination_addr": "79161234567"})
		if a := program.says(t, "answered"); a.Status != 0x03 || a.Text != command+"_resp" {
			t.Errorf("%s was answered with %+v", command, a)
		}
	}
	centre.tells(t, map[string]any{"from": "79161234567", "to": "74951234500", "coding": 8, "text": strings.Repeat("Как дела? ", 6)})
	if got := program.says(t, "came"); got.Text != strings.Repeat("Как дела? ", 6) || got.From != "79161234567" || got.Coding != 8 {
		t.Errorf("the answer came as %+v", got)
	}
}
