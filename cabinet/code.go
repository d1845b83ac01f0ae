package cabinet

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/store"
)

// code is what one-time codes look like: four to eight digits that stand alone.
var code = regexp.MustCompile(`\b\d{4,8}\b`)

// codeWords are what stands beside a one-time code.
var codeWords = regexp.MustCompile(`(?i)code|код|парол|password|otp|pin|verif|подтвер`)

// Masked is the text of a message without its one-time codes: who passes by need not see what opens an account.
func Masked(text string) string {
	if !codeWords.MatchString(text) {
		return text
	}
	return code.ReplaceAllStringFunc(text, func(digits string) string { return strings.Repeat("•", len(digits)) })
}

// mask takes the one-time codes out of a message that came. What a person of the company wrote stays.
func (m *MessageShown) mask() {
	if m.Direction == "in" {
		m.Text = Masked(m.Text)
	}
}

// mask takes the one-time codes out of a message that came, and where there are any the parts that spell them.
func (d *MessageDetail) mask() {
	whole := d.Text
	d.MessageShown.mask()
	if d.Text == whole {
		return
	}
	for i := range d.Came {
		d.Came[i].Text, d.Came[i].PDU = "", ""
	}
}

// maskEvent takes the one-time codes out of an event that tells of a message that came.
func maskEvent(e store.Event) (store.Event, error) {
	if e.Type != fmc.EventSMSReceived {
		return e, nil
	}
	var told fmc.MessageTold
	if err := json.Unmarshal(e.Data, &told); err != nil {
		return e, fmt.Errorf("event %d: %w", e.N, err)
	}
	text := Masked(told.Text)
	if text == told.Text {
		return e, nil
	}
	told.Text = text
	var err error
	e.Data, err = json.Marshal(told)
	return e, err
}

// CodesIn asks for one-time codes.
type CodesIn struct {
	Codes bool `query:"codes" doc:"Show one-time codes in messages that came, in place of dots. It needs the right messages.read and stands in the audit as message.codes."`
}

// seesCodes lets a viewer who asks for it see one-time codes, and writes that into the audit before they are shown: once for
// all that is asked of the same object within ten minutes, for programs ask again and again.
func (a *API) seesCodes(ctx context.Context, v access.Viewer, object string) error {
	if err := v.Need(access.MessagesRead, access.Own); err != nil {
		return err
	}
	_, err := a.o.Store.For(v.Company).AuditListen(ctx, access.Entry(ctx, "message.codes", object))
	return err
}
