// Package regionpairtest holds the helpers of a consumer's tests in CI: it
// compares what stacks synthesize to with files that a reviewer reads.
//
//	func TestTemplates(t *testing.T) {
//		app := awscdk.NewApp(&awscdk.AppProps{Context: regionpairtest.Context(nil)})
//		pair := stacks.NewPair(app, configuration)
//		regionpairtest.MatchSnapshot(t, pair.Primary, "testdata/primary.json")
//		regionpairtest.MatchFile(t, "testdata/stateful.txt", regionpairtest.StatefulResources(t, pair.Primary, pair.Secondary, pair.Global))
//		regionpairtest.MatchFile(t, "testdata/permissions.txt", regionpairtest.Permissions(t, pair.Primary, pair.Secondary, pair.Global))
//	}
//
// Run the tests with UPDATE_SNAPSHOTS=1 to accept a change, and read the
// difference before you commit it.
//
// CDK's bindings do not allow concurrent use: do not call t.Parallel in tests
// that define constructs, and close them once, in TestMain:
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		jsii.Close()
//		os.Exit(code)
//	}
package regionpairtest
