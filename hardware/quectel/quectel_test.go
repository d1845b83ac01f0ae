package quectel_test

import (
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
	"roadline/hardware/quectel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheFamilyIsProvedInTheSimulatedNetwork(t *testing.T) {
	modemtest.Run(t, quectel.Family(), modemtest.World{Model: gsmsim.EC25})
}

func TestTheFamilyReadsRecordedDialogues(t *testing.T) {
	modemtest.Replay(t, map[string]modem.Family{"quectel": quectel.Family()})
}
