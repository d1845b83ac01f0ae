package document_test

import (
	"testing"
	"time"

	"roadline/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// now is a Monday morning in Moscow.
var now = time.Date(2026, time.November, 23, 7, 0, 0, 0, time.UTC)
