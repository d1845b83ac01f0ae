package media_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(loadEnv) != "" {
		fail(beLoad())
		return
	}
	goleak.VerifyTestMain(m)
}
