package huawei_test

import (
	"testing"

	"go.uber.org/goleak"

	"roadline/hardware/gsmsim"
	"roadline/hardware/huawei"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheFamilyIsProvedInTheSimulatedNetwork(t *testing.T) {
	modemtest.Run(t, huawei.Family(), modemtest.World{Model: gsmsim.HuaweiE173})
}

func TestTheFamilyReadsRecordedDialogues(t *testing.T) {
	modemtest.Replay(t, map[string]modem.Family{"huawei": huawei.Family()})
}
