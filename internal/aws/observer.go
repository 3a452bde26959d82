package aws

import "time"

// Call is one request to AWS, each retry being one of its own.
type Call struct {
	// Service is the SDK's service id: "EC2", "STS", "EKS", "Auto Scaling".
	Service   string
	Operation string
	Region    string
	// Account whose limits the request counts against; "ambient" while it is not known.
	Account string
	// Code is "OK", AWS's error code, or "NoAnswer".
	Code string
	// Throttled is true when AWS refused it because there were too many.
	Throttled bool
	Duration  time.Duration
}

// Observer is told of requests.
type Observer interface {
	Observe(call Call)
}
