// Package awssim is a simulated AWS that the unmodified SDKs, the AWS CLI and Terraform talk to:
// any number of accounts and regions in one process, deterministic from a seed and a clock. It
// behaves like AWS where AWS hurts (lag between regions, tags per side, terminal states that stay
// visible, 200 and then failed), and refuses what it does not implement.
//
//	cloud := awssim.New(awssim.Options{Timing: awssim.Realistic()})
//	url, err := cloud.Listen(ctx, "127.0.0.1:0")   // or cloud.RoundTripper(), without a socket
//
// The account comes from the access key: 12 digits stand for that account, other keys are registered
// or issued by AssumeRole. The region and the service come from the signature's scope. Signatures
// in a header are not verified, presigned requests are. No account has a default VPC.
//
// # Control interface
//
// What Cloud's methods do can be done over HTTP too, under /_awssim/:
//
//	GET    journal?service=&action=&account=&region=&code=&since=   calls so far; DELETE forgets them
//	GET    faults                POST {"service":..,"action":..,"nth":1,"count":1,"effect":"TimeoutAfter"}; DELETE ?id=
//	GET    config                PUT a Timing, or PUT ?preset=realistic|instant
//	GET    clock                 POST {"advance":"168h"}
//	GET    state                 all resources as JSON, under EC2's XML names
//	POST   policies              {"arn":..,"deny":["ec2:CreateRoute"],"allowOnly":[..],"policies":{name: document}}; DELETE ?arn=
//	POST   keys                  {"accessKey":..,"principal":{"account":..,"arn":..}}
//	GET    actions               what is implemented, by service
//	POST   roles                 {"arn":..,"principals":["111111111111"],"externalID":..} or {"arn":..,"trustPolicy":{..}}; DELETE ?arn=
//	PUT    quotas                {"account":..,"code":"L-7E9ECCDB","value":50}; DELETE ?account=&code=
//	PUT    throttling            {"account":"*","enabled":true}
//	PUT    clusters              {"account":..,"region":..,"name":..,"endpoint":"https://..","certificateAuthority":<base64>}
//	PUT    shares                {"account":..,"region":..,"with":"222222222222","subnets":["subnet-.."]}
//	GET    instances?since=      what happened to instances: pending, running, shutting-down, terminated
//	POST   reset
//
// # Adding an action
//
// A service is a sim.Service (internal/sim/service.go); EC2's is internal/ec2. An action is a
// function from a request struct to an answer struct:
//
//	type deleteThingRequest struct {                    // any parameter not named here is refused
//		ThingID string `query:"ThingId,required"`   // lists: `query:"Filter"` takes Filter.1, Filter.2, ..
//	}
//	type deleteThingAnswer struct {
//		Return bool `xml:"return"`                  // lists: wire.List (item), wire.Members (member)
//	}
//	func (s *Service) deleteThing(c *sim.Call, in *deleteThingRequest) (*deleteThingAnswer, error) {
//		thing, err := find(thingKind, &s.at(c.Place).things, in.ThingID)      // .Malformed and .NotFound
//		...
//		s.at(c.Place).things.Delete(c.Stamp(), thing.id)
//		return &deleteThingAnswer{Return: true}, nil
//	}
//
// and one line in the service's table of actions: "DeleteThing": wire.Query(s.deleteThing). DryRun, faults,
// latency, policies and the journal come with it. It runs under the World's lock, so it needs none,
// and must not block. Rules:
//
//   - Resources live in a sim.Table and are never changed in place: Update copies, edits and puts.
//   - Mutations read the truth (Table.Get, find); describe actions read a View (Table.See, seen), so that
//     lag applies, and end in present, which renders, filters and pages.
//   - What AWS does by itself later is planned with Call.After(kind, state, do); it happens when the
//     clock has passed, at the latest before the next call. How long it takes is in sim.Realistic.
//   - What IAM is asked for at a call is in the service's access.go: a principal with policies of its own cannot make a
//     call that is not there. Keys that policies may name are in internal/iam/keys.go.
//   - Ids come from Call.NewID, time from Call.Now. Nothing else is random and nothing else has a clock.
//   - Errors are sim.Fail(code, text) with AWS's code and text; any other error is a bug of awssim (500).
//
// A new service speaks wire.AWSQuery (STS, Auto Scaling) or brings its own sim.Protocol, and is added in New.
package awssim
