package iam

import (
	"strings"
	"testing"
)

const (
	vpc     = "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1"
	other   = "arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-2"
	table   = "arn:aws:ec2:eu-west-1:111111111111:route-table/rtb-1"
	foreign = "arn:aws:ec2:eu-west-1:999999999999:route-table/rtb-1"
)

// statementsOf is a policy of statements without their effect, which is Allow.
func statementsOf(statements ...string) string {
	for i, s := range statements {
		if !strings.Contains(s, `"Effect"`) {
			statements[i] = `"Effect":"Allow",` + s
		}
	}
	return `{"Version":"2012-10-17","Statement":[{` + strings.Join(statements, `},{`) + `}]}`
}

func TestAStatementIsAboutTheActionsAndResourcesThatItNames(t *testing.T) {
	for name, c := range map[string]struct {
		policy string
		access Access
		want   Decision
	}{
		"an action":            {`"Action":"ec2:CreateRoute","Resource":"*"`, Access{Action: "ec2:CreateRoute", Resource: table}, Allow},
		"in any case":          {`"Action":"EC2:createroute","Resource":"*"`, Access{Action: "ec2:CreateRoute", Resource: table}, Allow},
		"another action":       {`"Action":"ec2:CreateRoute","Resource":"*"`, Access{Action: "ec2:CreateRouteTable", Resource: "*"}, Implicit},
		"a wildcard":           {`"Action":"ec2:*Route","Resource":"*"`, Access{Action: "ec2:DeleteRoute", Resource: table}, Allow},
		"one character":        {`"Action":"ec2:?eleteRoute","Resource":"*"`, Access{Action: "ec2:DeleteRoute", Resource: table}, Allow},
		"everything":           {`"Action":"*","Resource":"*"`, Access{Action: "eks:DescribeCluster", Resource: table}, Allow},
		"another service":      {`"Action":"ec2:*","Resource":"*"`, Access{Action: "eks:DescribeCluster", Resource: table}, Implicit},
		"all but an action":    {`"NotAction":"ec2:Delete*","Resource":"*"`, Access{Action: "ec2:CreateRoute", Resource: table}, Allow},
		"the excepted action":  {`"NotAction":"ec2:Delete*","Resource":"*"`, Access{Action: "ec2:DeleteRoute", Resource: table}, Implicit},
		"a resource":           {`"Action":"ec2:*","Resource":"arn:aws:ec2:eu-west-1:111111111111:route-table/*"`, Access{Action: "ec2:CreateRoute", Resource: table}, Allow},
		"of another account":   {`"Action":"ec2:*","Resource":"arn:aws:ec2:eu-west-1:111111111111:route-table/*"`, Access{Action: "ec2:CreateRoute", Resource: foreign}, Implicit},
		"of another partition": {`"Action":"ec2:*","Resource":"arn:aws-cn:ec2:eu-west-1:111111111111:route-table/*"`, Access{Action: "ec2:CreateRoute", Resource: table}, Implicit},
		"an action without resources is about all": {`"Action":"ec2:*","Resource":"arn:aws:ec2:*:*:vpc/*"`, Access{Action: "ec2:DescribeVpcs", Resource: "*"}, Implicit},
		"all but a resource":                       {`"Action":"ec2:*","NotResource":"arn:aws:ec2:*:999999999999:*"`, Access{Action: "ec2:CreateRoute", Resource: table}, Allow},
		"the excepted resource":                    {`"Action":"ec2:*","NotResource":"arn:aws:ec2:*:999999999999:*"`, Access{Action: "ec2:CreateRoute", Resource: foreign}, Implicit},
		"an explicit deny has precedence": {`"Effect":"Allow","Action":"ec2:*","Resource":"*"},{"Effect":"Deny","Action":"ec2:CreateRoute","Resource":"*"`,
			Access{Action: "ec2:CreateRoute", Resource: table}, Deny},
		"wherever it is": {`"Effect":"Deny","Action":"ec2:CreateRoute","Resource":"*"},{"Effect":"Allow","Action":"ec2:*","Resource":"*"`,
			Access{Action: "ec2:CreateRoute", Resource: table}, Deny},
		"a variable is the caller's value": {`"Action":"ec2:*","Resource":"arn:aws:ec2:*:*:route-table/${aws:PrincipalTag/table}"`,
			Access{Action: "ec2:CreateRoute", Resource: table, Context: Context{"aws:principaltag/table": {"rtb-1"}}}, Allow},
		"a wildcard in a value is text": {`"Action":"ec2:*","Resource":"arn:aws:ec2:*:*:route-table/${aws:PrincipalTag/table}"`,
			Access{Action: "ec2:CreateRoute", Resource: table, Context: Context{"aws:principaltag/table": {"*"}}}, Implicit},
		"a variable without a value fits nothing": {`"Action":"ec2:*","Resource":"arn:aws:ec2:*:*:route-table/${aws:PrincipalTag/table}"`,
			Access{Action: "ec2:CreateRoute", Resource: table, Context: Context{}}, Implicit},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := Identity([]byte(statementsOf(c.policy)))
			if err != nil {
				t.Fatal(err)
			}
			if c.access.Context == nil {
				c.access.Context = Context{}
			}
			if got := Decide(Caller{}, c.access, policy); got != c.want {
				t.Errorf("decision %v, want %v", got, c.want)
			}
		})
	}
}

func TestAConditionComparesTheKeysOfTheRequest(t *testing.T) {
	for name, c := range map[string]struct {
		condition string
		key       string
		values    []string
		want      bool
	}{
		"equal":                        {`"StringEquals":{"ec2:CreateAction":"A"}`, "ec2:CreateAction", []string{"A"}, true},
		"one of several":               {`"StringEquals":{"ec2:CreateAction":["A","B"]}`, "ec2:CreateAction", []string{"B"}, true},
		"in another case":              {`"StringEquals":{"ec2:CreateAction":"A"}`, "ec2:CreateAction", []string{"a"}, false},
		"ignoring case":                {`"StringEqualsIgnoreCase":{"ec2:CreateAction":"A"}`, "ec2:CreateAction", []string{"a"}, true},
		"equal knows no wildcard":      {`"StringEquals":{"ec2:CreateAction":"*"}`, "ec2:CreateAction", []string{"A"}, false},
		"like does":                    {`"StringLike":{"ec2:CreateAction":"Cre*te?"}`, "ec2:CreateAction", []string{"Createx"}, true},
		"a missing key is not equal":   {`"StringEquals":{"ec2:CreateAction":"A"}`, "", nil, false},
		"a missing key is not unequal": {`"StringNotEquals":{"ec2:CreateAction":"A"}`, "", nil, true},
		"not equal to any":             {`"StringNotEquals":{"ec2:CreateAction":["A","B"]}`, "ec2:CreateAction", []string{"B"}, false},
		"if it exists it counts":       {`"StringEqualsIfExists":{"ec2:CreateAction":"A"}`, "ec2:CreateAction", []string{"B"}, false},
		"else it does not":             {`"StringEqualsIfExists":{"ec2:CreateAction":"A"}`, "", nil, true},
		"names of keys have no case":   {`"StringEquals":{"EC2:createaction":"A"}`, "ec2:CreateAction", []string{"A"}, true},
		"names of tags have no case":   {`"StringEquals":{"aws:ResourceTag/Owner":"A"}`, "aws:ResourceTag/owner", []string{"A"}, true},
		"an ARN":                       {`"ArnEquals":{"ec2:Vpc":"` + vpc + `"}`, "ec2:Vpc", []string{vpc}, true},
		"another ARN":                  {`"ArnEquals":{"ec2:Vpc":"` + vpc + `"}`, "ec2:Vpc", []string{other}, false},
		"ARNs have wildcards":          {`"ArnEquals":{"ec2:Vpc":"arn:aws:ec2:*:111111111111:vpc/*"}`, "ec2:Vpc", []string{other}, true},
		"that end with their part":     {`"ArnLike":{"ec2:Vpc":"arn:aws:*:vpc/vpc-1"}`, "ec2:Vpc", []string{vpc}, false},
		"not an ARN":                   {`"ArnNotEquals":{"ec2:Vpc":"` + vpc + `"}`, "ec2:Vpc", []string{other}, true},
		"a key that must be absent":    {`"Null":{"aws:ResourceTag/x":"true"}`, "", nil, true},
		"and is there":                 {`"Null":{"aws:ResourceTag/x":true}`, "aws:ResourceTag/x", []string{""}, false},
		"a key that must be there":     {`"Null":{"aws:ResourceTag/x":"false"}`, "aws:ResourceTag/x", []string{"1"}, true},
		"all tags are known":           {`"ForAllValues:StringLike":{"aws:TagKeys":["a*","b"]}`, "aws:TagKeys", []string{"aa", "b"}, true},
		"one is not":                   {`"ForAllValues:StringLike":{"aws:TagKeys":["a*","b"]}`, "aws:TagKeys", []string{"aa", "c"}, false},
		"all of none":                  {`"ForAllValues:StringLike":{"aws:TagKeys":"a"}`, "", nil, true},
		"none of the tags":             {`"ForAllValues:StringNotEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys", []string{"a", "b"}, false},
		"any tag":                      {`"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}`, "aws:TagKeys", []string{"b", "a"}, true},
		"any of none":                  {`"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}`, "", nil, false},
		"any of none, but not a":       {`"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}`, "", nil, false},
		"operators all hold":           {`"StringEquals":{"ec2:CreateAction":"A"},"Null":{"aws:ResourceTag/x":"false"}`, "ec2:CreateAction", []string{"A"}, false},
		"keys all hold":                {`"StringEquals":{"ec2:CreateAction":"A","ec2:Region":"eu"}`, "ec2:CreateAction", []string{"A"}, false},
		"a variable":                   {`"StringEquals":{"aws:ResourceTag/x":"${ec2:Region}"}`, "aws:ResourceTag/x", []string{"${ec2:Region}"}, false},
		"no tags at all":               {`"Null":{"aws:TagKeys":"true"}`, "", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := Identity([]byte(statementsOf(`"Action":"*","Resource":"*","Condition":{` + c.condition + `}`)))
			if err != nil {
				t.Fatal(err)
			}
			context := Context{}
			if c.key != "" {
				context.Set(c.key, c.values...)
			}
			if got := Decide(Caller{}, Access{Action: "ec2:X", Resource: "*", Context: context}, policy) == Allow; got != c.want {
				t.Errorf("holds: %v, want %v", got, c.want)
			}
		})
	}
}

func TestATrustPolicyNamesWhoMayAssumeTheRole(t *testing.T) {
	const role = "arn:aws:iam::111111111111:role/operator"
	session := Caller{Account: "111111111111", ARN: "arn:aws:sts::111111111111:assumed-role/operator/pod", RoleARN: role}
	for name, c := range map[string]struct {
		principal string
		by        Caller
		want      Decision
	}{
		"its role":              {`{"AWS":"` + role + `"}`, session, Allow},
		"its session":           {`{"AWS":"` + session.ARN + `"}`, session, Allow},
		"another role":          {`{"AWS":"arn:aws:iam::111111111111:role/other"}`, session, Implicit},
		"its account":           {`{"AWS":["222222222222","111111111111"]}`, session, Allow},
		"its account's root":    {`{"AWS":"arn:aws:iam::111111111111:root"}`, session, Allow},
		"another account":       {`{"AWS":"arn:aws:iam::222222222222:root"}`, session, Implicit},
		"everybody":             {`"*"`, session, Allow},
		"a service":             {`{"Service":"pods.eks.amazonaws.com"}`, Caller{Service: "pods.eks.amazonaws.com"}, Allow},
		"another service":       {`{"Service":"pods.eks.amazonaws.com"}`, Caller{Service: "ec2.amazonaws.com"}, Implicit},
		"everybody, no service": {`"*"`, Caller{Service: "ec2.amazonaws.com"}, Implicit},
		"a provider":            {`{"Federated":"arn:aws:iam::1:oidc-provider/x"}`, Caller{Federated: "arn:aws:iam::1:oidc-provider/x"}, Allow},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := Trust([]byte(statementsOf(`"Principal":` + c.principal + `,"Action":"sts:AssumeRole"`)))
			if err != nil {
				t.Fatal(err)
			}
			if got := Decide(c.by, Access{Action: "sts:AssumeRole", Resource: role}, policy); got != c.want {
				t.Errorf("decision %v, want %v", got, c.want)
			}
		})
	}
}

func TestWhatIsNotKnownIsRefusedWhenAPolicyIsRead(t *testing.T) {
	for name, policy := range map[string]string{
		"an operator":             statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2020"}}`),
		"an operator's end":       statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"StringEqualsIfExist":{"ec2:Vpc":"x"}}`),
		"a key":                   statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"StringEquals":{"ec2:Vpcs":"x"}}`),
		"a tag without a name":    statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag":"x"}}`),
		"an element":              statementsOf(`"Action":"ec2:X","Resource":"*","Conditions":{}`),
		"a version":               `{"Version":"2008-10-17","Statement":[]}`,
		"no statement":            `{"Version":"2012-10-17","Statement":[]}`,
		"an effect":               statementsOf(`"Effect":"allow","Action":"ec2:X","Resource":"*"`),
		"no action":               statementsOf(`"Resource":"*"`),
		"two kinds of action":     statementsOf(`"Action":"ec2:X","NotAction":"ec2:Y","Resource":"*"`),
		"no resource":             statementsOf(`"Action":"ec2:X"`),
		"a resource":              statementsOf(`"Action":"ec2:X","Resource":"vpc-1"`),
		"an action":               statementsOf(`"Action":"CreateRoute","Resource":"*"`),
		"a principal":             statementsOf(`"Principal":"*","Action":"ec2:X","Resource":"*"`),
		"a Sid":                   statementsOf(`"Sid":"a-b","Action":"ec2:X","Resource":"*"`),
		"a Sid twice":             statementsOf(`"Sid":"a","Action":"ec2:X","Resource":"*"`, `"Sid":"a","Action":"ec2:Y","Resource":"*"`),
		"a condition twice":       statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"StringEquals":{"ec2:Vpc":"x"},"StringEquals":{"ec2:Region":"y"}}`),
		"several values":          statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"StringEquals":{"aws:TagKeys":"x"}}`),
		"no value":                statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"StringEquals":{"ec2:Vpc":[]}}`),
		"a value of Null":         statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"Null":{"ec2:Vpc":"yes"}}`),
		"a variable":              statementsOf(`"Action":"ec2:X","Resource":"arn:aws:ec2:*:*:vpc/${aws:nothing}"`),
		"a default of a variable": statementsOf(`"Action":"ec2:X","Resource":"*","Condition":{"StringEquals":{"ec2:Vpc":"${aws:PrincipalTag/x, 'y'}"}}`),
		"no JSON":                 `{`,
	} {
		if _, err := Identity([]byte(policy)); err == nil {
			t.Errorf("%s is not refused: %s", name, policy)
		}
	}
	for name, policy := range map[string]string{
		"a resource":          statementsOf(`"Principal":"*","Action":"sts:AssumeRole","Resource":"*"`),
		"no principal":        statementsOf(`"Action":"sts:AssumeRole"`),
		"a type of principal": statementsOf(`"Principal":{"CanonicalUser":"x"},"Action":"sts:AssumeRole"`),
		"NotPrincipal":        statementsOf(`"NotPrincipal":{"AWS":"x"},"Action":"sts:AssumeRole"`),
	} {
		if _, err := Trust([]byte(policy)); err == nil {
			t.Errorf("%s is not refused in a trust policy: %s", name, policy)
		}
	}
}
