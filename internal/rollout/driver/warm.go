package driver

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// warmPrefix begins the lifecycle states of instances that a group keeps in its warm pool, mostly stopped
// (https://docs.aws.amazon.com/autoscaling/ec2/userguide/warm-pool-instance-lifecycle.html): Warmed:Pending, Warmed:Stopped,
// Warmed:Terminating ...
const warmPrefix = "Warmed:"

// warm: the instance is not in service, and not missed either.
func warm(state string) bool { return strings.HasPrefix(state, warmPrefix) }

// warmRunning: the instance is ready in the pool, and is kept running there.
func warmRunning(state string) bool { return state == string(types.LifecycleStateWarmedRunning) }
