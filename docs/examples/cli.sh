# Run by the tests in an empty directory, with `polyrun` on the PATH.
set -e
# #region cli
echo 'print(sum(range(10)))' > sum.py
polyrun run sum.py
echo 'console.log(process.argv[2])' | polyrun run --language javascript - -- hello
polyrun run --isolation auto --timeout 5s --memory 256m sum.py
polyrun languages
polyrun doctor
# #endregion
