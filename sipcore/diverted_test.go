package sipcore

import (
	"testing"

	"roadline/callerid"
	"roadline/fmc"
)

func TestWhoDivertedACallIsBelievedOfATrunkThatIsTrusted(t *testing.T) {
	const card, other = "+79031112233", "+79031112244"
	for name, row := range map[string]struct {
		trust    fmc.Trust
		stands   fmc.ICCID
		access   fmc.Access
		header   string
		diverted string
	}{
		"told and trusted":             {fmc.TrustCarrier, "", fmc.NoAccess, "Diversion: <sip:" + card + "@b>;reason=user-busy", card},
		"told in History-Info":         {fmc.TrustOwn, "", fmc.NoAccess, "History-Info: <sip:" + card + "@b?Reason=SIP%3Bcause%3D486>;index=1", card},
		"told by whom nobody trusts":   {fmc.TrustForeign, "", fmc.NoAccess, "Diversion: <sip:" + card + "@b>;reason=user-busy", ""},
		"told at a number for people":  {fmc.TrustForeign, "", fmc.CallThrough, "Diversion: <sip:" + card + "@b>;reason=user-busy", card},
		"not told":                     {fmc.TrustCarrier, "", fmc.NoAccess, "X-None: 1", ""},
		"a number that stands for one": {fmc.TrustForeign, "8970", fmc.NoAccess, "X-None: 1", other},
		"what is told counts first":    {fmc.TrustCarrier, "8970", fmc.NoAccess, "Diversion: <sip:" + card + "@b>", card},
		"it stands for a card unknown": {fmc.TrustCarrier, "8971", fmc.NoAccess, "X-None: 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			trunk := carrierTrunk()
			trunk.Trust = row.trust
			virtual(t, func(h *house) {
				co := acme()
				co.SIMs = []fmc.SIM{{ICCID: "8970", Number: callerid.Received(other, "RU")}}
				co.Numbers[0].StandsFor, co.Numbers[0].Access = row.stands, row.access
				h.legs.opts.Companies = companies{co}
				h.peer.say(inviteText("i-d", "d", row.header, sdpOf(40000)))
				h.peer.response(100)
				h.leg()
				if got := h.board.asked[0].Diversion.E164; got != row.diverted {
					t.Errorf("diverted by %q", got)
				}
			}, trunk)
		})
	}
}
