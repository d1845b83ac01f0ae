package demo

import (
	"context"
	"crypto/rand"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/gwsim"
)

// gatewayPorts are how many ports the company's gateway has: in them are the cards behind those in modems.
const gatewayPorts = 2

// boxTimes are those of a gateway that speaks often; what is not said here is as in life.
var boxTimes = gwsim.Timing{Alive: 5 * time.Second}

// buildGateway puts cards into a SIP-GSM gateway of the vendor that was asked for, and sets it up to speak to the server.
func (d *Demo) buildGateway(cards []*gsmsim.Card) error {
	secret := rand.Text()
	file := filepath.Join(d.o.Folder, "gateway.secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		return cause.Errorf(cause.Unavailable, "demo: %w", err)
	}
	anyPort := netip.AddrPortFrom(localhost, 0)
	told, err := free(anyPort)
	if err != nil {
		return err
	}
	sip, err := free(anyPort)
	if err != nil {
		return err
	}
	d.box, d.gateway, err = gwsim.Install(gwsim.Options{
		Net: d.air, Cards: cards, Listen: anyPort.String(), User: "admin", Secret: secret, Now: time.Now, Timing: boxTimes,
		SIP: &gwsim.SIP{Listen: anyPort.String(), Server: d.listen[0].String()},
	}, gwsim.Place{
		Vendor: d.o.Gateway, Name: "closet", SecretFile: filepath.Base(file), Told: told.String(), SIP: sip.String(), Patience: ", poll: 2s",
	})
	return err
}

// runGateway lives the gateway from when the server serves: what boxes say to nobody they say again only later.
func (d *Demo) runGateway(ctx context.Context) error {
	select {
	case <-d.ready:
		return d.box.Run(ctx)
	case <-ctx.Done():
		return nil
	}
}
