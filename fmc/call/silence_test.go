package call

import (
	"testing"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// Whoever is left in the middle of something hears what becomes of it.

func TestE4AClientWhoGivesUpWhileAPersonConsultsLeavesNobodyInSilence(t *testing.T) {
	x := newCompany(t)
	mobile := x.call("c1", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(mobile, "89120000007#")
	client := x.answers("c1", fmc.Outside)
	x.says("c1")
	x.keys(mobile, "*2202#")
	x.answers("c1", "petrov/sip")
	x.hangUp(client)
	if c := x.calls["c1"]; c.Threads[0].Node().Do == plan.Gather && x.words(c.Wiring) != "caller:next-tone" {
		t.Fatalf("a number is asked for, and they are wired %q", x.words(c.Wiring))
	}
}

func TestE4WhoIsConsultedAndLeavesInTheNoticeLeavesNobodyInSilence(t *testing.T) {
	x := newCompany(t)
	_, mobile := x.served("c1")
	x.keys(mobile, "*289120000007#")
	target := x.answers("c1", fmc.Outside)
	x.hangUp(target)
	x.wants("c1", "[caller ivanov/mobile tape]")
}

func TestInvariant1AClientIsNotTransferredToAColleaguesVoicemail(t *testing.T) {
	for _, code := range []string{"*3", "*2"} {
		x := newCompany(t)
		client, mobile := x.served("c1")
		x.keys(mobile, code+"89167654321#")
		for _, p := range x.calls["c1"].Parties {
			if p.Number.E164 == "+79167654321" && p.Leg != client && p.Assent == fmc.NotNeeded {
				t.Fatalf("%s: a colleague's mobile is called as %s and need not confirm", code, p.Role)
			}
		}
	}
}

func TestE4AConsultationOutsideIsRecordedAsTheCallIs(t *testing.T) {
	x := newCompany(t)
	mobile := x.call("c1", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(mobile, "89120000007#")
	x.answers("c1", fmc.Outside)
	x.says("c1")
	x.keys(mobile, "*289120000008#")
	x.answers("c1", fmc.Outside)
	x.says("c1")
	x.wants("c1", "[caller outside tape] outside:music")
}

func TestE4ThreeWayTakesTheClientFromHold(t *testing.T) {
	x := newCompany(t)
	_, mobile := x.served("c1")
	x.keys(mobile, "*5")
	x.keys(mobile, "*2202#")
	x.answers("c1", "petrov/sip")
	x.keys(mobile, "*6")
	x.says("c1")
	x.wants("c1", "[caller ivanov/mobile petrov/sip tape]")
}

func TestE5AMoveThatCannotBeGivesAnErrorTone(t *testing.T) {
	x := newCompany(t)
	_, mobile := x.served("c1")
	x.keys(mobile, "*8")
	x.ends(x.leg("c1", "ivanov/sip"), cause.Unreachable)
	x.wants("c1", "[caller ivanov/mobile tape] ivanov/mobile:error")
}

func TestAConferenceThatOnlyTheCalledAreLeftInIsOver(t *testing.T) {
	x := newCompany(t)
	x.company("acme").Rules.Through.PIN = fmc.PINNever
	first := x.call("c1", ivanovMobile, officeNumber, fmc.TrustCarrier)
	x.keys(first, "300#")
	x.says("c1")
	second := x.call("c2", "+79167654321", officeNumber, fmc.TrustCarrier)
	x.keys(second, "300#")
	x.says("c2")
	x.says("c1")
	x.keys(first, "*289120000007#")
	x.answers("c1", fmc.Outside)
	x.says("c1")
	x.keys(first, "*6")
	x.says("c1")
	x.wants("c1", "[caller caller outside tape]")
	x.hangUp(first)
	x.wants("c1", "[caller outside tape]")
	x.hangUp(second)
	x.over("c1", fmc.StatusAnswered)
}

func TestAClientWhoLeavesInTheNoticeThatThePersonHeardLeavesNoSilence(t *testing.T) {
	x := newCompany(t)
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(caller, "89120000007#")
	client := x.answers("c1", fmc.Outside)
	for _, hears := range x.calls["c1"].Wiring.Hears {
		if hears.Leg == caller {
			x.post("c1", Played{Asked: hears.Asked, Version: "v1", Language: "en"})
		}
	}
	x.hangUp(client)
	x.wants("c1", "caller:next-tone")
}

func TestE4WhoConsultsIsNotPassedOnMeanwhile(t *testing.T) {
	x := newCompany(t)
	caller := x.call("c1", ivanovMobile, officeNumber, fmc.TrustOwn)
	x.keys(caller, "202#")
	colleague := x.answers("c1", "petrov/sip")
	x.keys(colleague, "*289120000009#")
	x.answers("c1", fmc.Outside)
	x.says("c1")
	for _, code := range []string{"*3203#", "*4#"} {
		x.keys(caller, code)
		x.wants("c1", "[petrov/sip outside tape] caller:error")
		x.played("c1")
		x.wants("c1", "[petrov/sip outside tape] caller:music")
	}
}
