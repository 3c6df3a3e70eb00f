// Says what it can see of the outside.
console.log(JSON.stringify({ env: process.env, cwd: process.cwd() }));
