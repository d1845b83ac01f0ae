package gsmgw

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/hardware/modem"
)

// A server may die after it gave what was set aside, and before it forgot it. A clock of synctest would prove nothing: it has
// no monotonic reading, which a file keeps none of.
func TestAReportWithoutATokenHasTheSameKeyOnceItWasInAFile(t *testing.T) {
	g, owner := &Gateway{log: slog.New(slog.DiscardHandler)}, holder{id: "8970101000000000034", company: "acme"}
	came := given(time.Now().UTC(), "gw:office:1", modem.TextReported{To: "+79161234567", Reference: 7}, modem.Of{Card: string(owner.id)})
	text, err := json.Marshal(came)
	if err != nil {
		t.Fatal(err)
	}
	var was arrival
	if err := json.Unmarshal(text, &was); err != nil {
		t.Fatal(err)
	}
	now, isReport := g.bodyOf(owner, came).(fmc.MessageReported)
	later, _ := g.bodyOf(owner, was).(fmc.MessageReported)
	if !isReport || now.Key != later.Key {
		t.Errorf("%+v is %+v of the file", now, later)
	}
}
