package generic_test

import (
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/generic"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheFamilyIsProvedInTheSimulatedNetwork(t *testing.T) {
	modemtest.Run(t, generic.Family(), modemtest.World{Model: gsmsim.Generic})
}

func TestTheFamilyReadsRecordedDialogues(t *testing.T) {
	modemtest.Replay(t, map[string]modem.Family{"generic": generic.Family()})
}
