package demo

import (
	"context"
	"crypto/rand"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/gsmgw/smpp/smpptest"
)

// centre is the message centre of an operator: texts to the company's first number, which is on no card, come by it, and the
// company's answers leave by it.
type centre struct {
	*smpptest.Far
	at     netip.AddrPort
	number string // of the company
	given  int64  // the latest id; owned by the Far
}

// centrePassword is the file with which the server binds, in the demo's folder.
const centrePassword = "centre.secret"

func (d *Demo) buildCentre() error {
	at, err := free(netip.AddrPortFrom(localhost, 0))
	if err != nil {
		return err
	}
	// A password of SMPP has eight characters: SMPP 3.4 §5.2.2.
	if err := os.WriteFile(filepath.Join(d.o.Folder, centrePassword), []byte(rand.Text()[:8]+"\n"), 0o600); err != nil {
		return cause.Errorf(cause.Unavailable, "demo: %w", err)
	}
	d.centre = newCentre(at, d.company.Numbers[mainNumber].Number.E164, d.screen.o.Now())
	return nil
}

// newCentre is a centre that counts its ids on from the time: the server knows those of an earlier demo in its folder.
func newCentre(at netip.AddrPort, number string, now time.Time) *centre {
	c := &centre{at: at, number: number, given: now.UnixMilli()}
	c.Far = &smpptest.Far{Take: c.take, Repeats: true}
	return c
}

// take delivers a text of the company at once, and says so.
func (c *centre) take(m smpptest.Short) (id string, more []smpptest.Asking) {
	c.given++
	id = strconv.FormatInt(c.given, 10)
	receipt := smpptest.Short{From: m.To, To: m.From, Class: smpptest.Receipt, Text: smpptest.DeliveredText(id)}
	return id, []smpptest.Asking{{Command: smpptest.DeliverSM, Short: receipt}}
}

// text brings the company a text in letters of ASCII.
func (c *centre) text(from, text string) {
	digits := func(number string) string { return strings.TrimPrefix(number, "+") }
	c.Wants(smpptest.Asking{Command: smpptest.DeliverSM, Short: smpptest.Short{From: digits(from), To: digits(c.number), Text: text}})
}

// run is its life, until ctx ends.
func (c *centre) run(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.at.String())
	if err != nil {
		return cause.Errorf(cause.Unavailable, "the message centre: %w", err)
	}
	c.Serve(ctx, l)
	return nil
}
