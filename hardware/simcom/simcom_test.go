package simcom_test

import (
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
	"roadline/hardware/simcom"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSIM7600IsProvedInTheSimulatedNetwork(t *testing.T) {
	modemtest.Run(t, simcom.SIM7600(), modemtest.World{Model: gsmsim.SIM7600})
}

func TestSIM800IsProvedInTheSimulatedNetwork(t *testing.T) {
	modemtest.Run(t, simcom.SIM800(), modemtest.World{Model: gsmsim.SIM800})
}

func TestTheFamiliesReadRecordedDialogues(t *testing.T) {
	modemtest.Replay(t, map[string]modem.Family{"sim7600": simcom.SIM7600(), "sim800": simcom.SIM800()})
}
