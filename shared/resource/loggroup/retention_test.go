package loggroup

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

func TestAtLeast(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]int{1: 1, 2: 3, 90: 90, 91: 120, 366: 400, 3653: 3653, 3654: 0} {
		if got := AtLeast(days); got != want {
			t.Errorf("%d days: %d, want %d", days, got, want)
		}
	}
}

// TestLengths holds the times to those that CloudWatch Logs takes; another one makes a call that fails.
func TestLengths(t *testing.T) {
	t.Parallel()
	taken := []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
	if !slices.Equal(lengths, taken) {
		t.Errorf("%v, want %v", lengths, taken)
	}
}

func TestClass(t *testing.T) {
	t.Parallel()
	for class, delivers := range map[types.LogGroupClass]bool{types.LogGroupClassDelivery: true, types.LogGroupClassStandard: false, types.LogGroupClassInfrequentAccess: false, "": false} {
		if s := stateOf(&types.LogGroup{LogGroupName: aws.String("web"), LogGroupClass: class}); s.Delivers != delivers {
			t.Errorf("%q: %+v", class, s)
		}
	}
}
